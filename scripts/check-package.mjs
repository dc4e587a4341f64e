// After a build: what package.json promises is in dist, the front doors load, and their declarations suit users who check
// libraries too (skipLibCheck off), with the DOM's types as well as with Node's alone.
// --fix writes the exports of package.json from the rooms that exist.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { DOORS, gatheredName } from "./doors.mjs";
import { at } from "./files.mjs";
import { runNode } from "./run.mjs";

const manifest = JSON.parse(readFileSync(at("package.json"), "utf8"));
let problems = 0;
const complain = (text) => {
  console.error(`check-package: ${text}`);
  problems += 1;
};

/** Types, a file of few for Node, and for bundlers one file per source. */
function expectedExports() {
  const door = (path) => ({
    types: `./dist/${path}.d.ts`,
    node: `./dist/gathered/${gatheredName(path)}.js`,
    default: `./dist/${path}.js`,
  });
  return {
    ...Object.fromEntries(DOORS.map(([name, path]) => [name, door(path)])),
    // The file that a page with a strict content security policy serves and names in `start({ workerUrl })`.
    "./worker": { types: "./dist/runtime/worker.d.ts", default: "./dist/runtime/worker.js" },
    "./wasm/*": "./dist/wasm/*",
    "./package.json": "./package.json",
  };
}

if (process.argv.includes("--fix")) {
  manifest.exports = expectedExports();
  writeFileSync(at("package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await runNode("oxfmt", ["package.json"], { quiet: true });
} else if (JSON.stringify(manifest.exports) !== JSON.stringify(expectedExports())) {
  complain("the exports of package.json are not those of the rooms: run `node scripts/check-package.mjs --fix`");
}

function targets(value) {
  return typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(targets);
}

const promised = [manifest.exports, manifest.imports, manifest.bin]
  .flatMap(targets)
  .filter((path) => !path.includes("*"));
for (const path of promised) {
  if (!existsSync(at(path))) complain(`package.json names ${path}, which is not there`);
}
const atInstall = ["preinstall", "install", "postinstall", "prepare"].filter((name) => name in manifest.scripts);
if (atInstall.length > 0) {
  complain("no install scripts: a package that runs code at install is refused in many places");
}

// The worker is a script of its own, with nothing to import.
const entries = Object.keys(manifest.exports).filter((name) => !/\*|\.|^\/worker$/.test(name.slice(1)));
const names = entries.map((name) => manifest.name + name.slice(1));

for (const name of names) {
  try {
    await import(name);
  } catch (error) {
    complain(`import "${name}" fails: ${error.message}`);
  }
}

const consumers = { dom: { lib: ["es2023", "dom"], types: [] }, node: { lib: ["es2023"], types: ["node"] } };
mkdirSync(at(".cache/consumer"), { recursive: true });
for (const [kind, options] of Object.entries(consumers)) {
  const doors = names.filter((name) => kind === "node" || !name.endsWith("/node"));
  const uses = doors.map((name, i) => `import * as door${i} from "${name}";\nexport { door${i} };`);
  writeFileSync(at(`.cache/consumer/${kind}.ts`), `${uses.join("\n")}\n`);
  const compilerOptions = { target: "es2023", module: "nodenext", strict: true, noEmit: true, ...options };
  const config = { compilerOptions, files: [`${kind}.ts`] };
  writeFileSync(at(`.cache/consumer/${kind}.json`), JSON.stringify(config));
  const { code, output } = await runNode("tsc", ["--project", `.cache/consumer/${kind}.json`, "--pretty", "false"], {
    quiet: true,
  });
  if (code !== 0)
    complain(`declarations do not suit users with ${options.lib} and types [${options.types}]:\n${output}`);
}

console.log(`check-package: ${names.length} entries, ${problems} problem(s)`);
process.exitCode = problems > 0 ? 1 : 0;
