// Builds dist: kernels, then one JavaScript and one declaration file per source, then the .wasm files beside them, and the
// same in few files for Node.
// dist is replaced in one move, so that a command running from the old one is never left with half of the new one.
// --force keeps what the compiler could emit despite type errors.
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { bundle } from "./bundle.mjs";
import { defaultText } from "./default-text.mjs";
import { at, listFiles } from "./files.mjs";
import { gather } from "./gather.mjs";
import { runNode } from "./run.mjs";

const next = `.cache/dist-${process.pid}`;
const force = process.argv.includes("--force");

/** Users without the DOM's types get the two WebAssembly types that our declarations mention. */
function shipWebAssemblyTypes() {
  const shipped = `${next}/runtime/webassembly.d.ts`;
  cpSync(at("src/runtime/webassembly.d.ts"), at(shipped));
  for (const path of listFiles(next, (name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(at(path), "utf8");
    if (path === shipped || !/\bWebAssembly\./.test(text)) continue;
    const reference = relative(dirname(path), shipped).split(sep).join("/");
    writeFileSync(at(path), `/// <reference path="${reference}" />\n${text}`);
  }
}

/** Lets `npx hiddenstate` find the command in this checkout: npm links the bins of dependencies, never one's own. */
function linkCommand() {
  const main = at("dist/cli/main.js");
  const link = at("node_modules/.bin/hiddenstate");
  if (!existsSync(main)) return;
  chmodSync(main, 0o755);
  if (process.platform === "win32") {
    writeFileSync(`${link}.cmd`, `@node "%~dp0\\..\\..\\dist\\cli\\main.js" %*\r\n`);
  } else {
    rmSync(link, { force: true });
    symlinkSync("../../dist/cli/main.js", link);
  }
}

async function build() {
  const kernels = await runNode("scripts/build-kernels.mjs");
  if (kernels.code !== 0) return kernels.code;

  const emit = ["--project", "tsconfig.build.json", "--outDir", next, "--noEmitOnError", String(!force)];
  const { code } = await runNode("tsc", [...emit, "--pretty", "false"]);
  if (code !== 0 && !force) return code;

  for (const path of listFiles("src/runtime/generated/wasm", (name) => name.endsWith(".wasm"))) {
    cpSync(at(path), at(`${next}/wasm/${path.split("/").at(-1)}`));
  }
  shipWebAssemblyTypes();
  // In one piece, so that a page can serve a copy of this one file.
  writeFileSync(at(`${next}/runtime/worker.js`), await bundle("src/runtime/worker.ts", "esm"));
  await gather(next);
  writeFileSync(at(`${next}/gathered/default-text.txt`), defaultText());

  const old = at(`.cache/dist-${process.pid}-old`);
  if (existsSync(at("dist"))) renameSync(at("dist"), old);
  renameSync(at(next), at("dist"));
  rmSync(old, { recursive: true, force: true });
  linkCommand();
  return 0;
}

try {
  process.exitCode = await build();
} finally {
  rmSync(at(next), { recursive: true, force: true });
}
