// Builds dist: kernels, then one JavaScript and one declaration file per source, then the .wasm files beside them.
// dist is replaced in one move, so that a command running from the old one is never left with half of the new one.
// --force keeps what the compiler could emit despite type errors.
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { at, listFiles } from "./files.mjs";
import { runNode } from "./run.mjs";

const next = `.cache/dist-${process.pid}`;
const force = process.argv.includes("--force");

async function build() {
  const kernels = await runNode("scripts/build-kernels.mjs");
  if (kernels.code !== 0) return kernels.code;

  const emit = ["--project", "tsconfig.build.json", "--outDir", next, "--noEmitOnError", String(!force)];
  const { code } = await runNode("tsc", [...emit, "--pretty", "false"]);
  if (code !== 0 && !force) return code;

  for (const path of listFiles("src/runtime/generated/wasm", (name) => name.endsWith(".wasm"))) {
    cpSync(at(path), at(`${next}/wasm/${path.split("/").at(-1)}`));
  }
  const main = at(`${next}/cli/main.js`);
  if (existsSync(main)) chmodSync(main, 0o755);

  mkdirSync(at(".cache"), { recursive: true });
  const old = at(`.cache/dist-${process.pid}-old`);
  if (existsSync(at("dist"))) renameSync(at("dist"), old);
  renameSync(at(next), at("dist"));
  rmSync(old, { recursive: true, force: true });
  return 0;
}

try {
  process.exitCode = await build();
} finally {
  rmSync(at(next), { recursive: true, force: true });
}
