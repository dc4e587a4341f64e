// Makes the generated sources of the runtime:
//   src/runtime/emit/print-assemblyscript.ts → kernels/generated/math.ts      (exp, log, tanh, sigmoid for AssemblyScript)
//   kernels/index.ts                         → src/runtime/generated/wasm/*   (strict, relaxed × unshared, shared)
//                                            → src/runtime/generated/kernels*.ts (the unshared ones, as base64)
//   kernels/stream.ts                        → the same for streams: strict, unshared, and nothing but what they call
//   src/runtime/worker.ts                    → src/runtime/generated/worker.ts (its JavaScript, as text)
// Skips the compiler if its inputs are unchanged (by content). Sources that do not exist yet give empty texts and a word.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import { bundle, importSource } from "./bundle.mjs";
import { at, listFiles, root, writeIfChanged } from "./files.mjs";
import { kernelComplaints } from "./wasm-sections.mjs";

const MATH_PRINTER = "src/runtime/emit/print-assemblyscript.ts";
const KERNELS = "kernels/index.ts";
const STREAM = "kernels/stream.ts";
const WORKER = "src/runtime/worker.ts";
const GENERATED = "src/runtime/generated";
const SHARED_BUILD = "src/runtime/shared-build.ts";
const PRECISIONS = ["strict", "relaxed"];
const HEADER = "// Made by scripts/build-kernels.mjs; do not edit.\n";

// --use abort= leaves no abort import; --noAssert would not suffice for library code.
const FLAGS =
  "-O3 --runtime stub --noAssert --use abort= --importMemory --noExportMemory --initialMemory 1 --enable simd".split(
    " ",
  );

function flagsFor(precision) {
  const flags = [...FLAGS];
  if (precision === "relaxed") flags.push("--enable", "relaxed-simd");
  flags.push("--use", `RELAXED=${precision === "relaxed" ? 1 : 0}`);
  return flags;
}

const say = (text) => console.log(`build-kernels: ${text}`);

/** What is compiled: the kernels twice, and those of streams. */
const targets = [
  ...PRECISIONS.map((precision) => ({ name: precision, file: `${precision}-unshared`, source: KERNELS })),
  { name: "stream", file: "stream", source: STREAM },
].map((target) => ({ ...target, flags: flagsFor(target.name) }));
const wasmOf = (name) => `${GENERATED}/wasm/${name}.wasm`;

async function printMath() {
  if (!existsSync(at(MATH_PRINTER)))
    return say(`${MATH_PRINTER} does not exist yet; kernels/generated/math.ts is not made`);
  const { printAssemblyScript } = await importSource(MATH_PRINTER);
  writeIfChanged("kernels/generated/math.ts", HEADER + printAssemblyScript());
}

function inputsHash() {
  const hash = createHash("sha256");
  const sources = listFiles("kernels", (name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  for (const path of [...sources, "node_modules/assemblyscript/package.json"]) {
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(at(path)))
      .update("\0");
  }
  for (const { name, source, flags } of targets) hash.update([name, source, ...flags].join(" "));
  return hash.digest("hex");
}

async function compileTarget({ name, file, source, flags }) {
  const out = wasmOf(file);
  mkdirSync(at(`${GENERATED}/wasm`), { recursive: true });
  const asc = at("node_modules/assemblyscript/bin/asc.js");
  await promisify(execFile)(process.execPath, [asc, source, "-o", out, ...flags], { cwd: root });
  const bytes = readFileSync(at(out));
  const complaints = kernelComplaints(bytes);
  if (complaints.length > 0) {
    rmSync(at(out));
    throw new Error(`${name} breaks the rules of kernels:\n  ${complaints.join("\n  ")}`);
  }
  say(`${name}: ${bytes.length} bytes`);
}

async function compileKernels() {
  if (!existsSync(at(KERNELS))) {
    say(`${KERNELS} does not exist yet; the embedded kernels are empty and the reference table serves`);
    return embed(() => "");
  }
  const stamp = `${GENERATED}/kernels.hash`;
  const hash = inputsHash();
  const made = targets.every(({ file }) => existsSync(at(wasmOf(file))));
  if (!made || !existsSync(at(stamp)) || readFileSync(at(stamp), "utf8") !== hash) {
    rmSync(at(stamp), { force: true }); // a compile that fails half-way must not look finished next time
    // Two at a time: more compilers at once only fight for memory.
    for (let i = 0; i < targets.length; i += 2) await Promise.all(targets.slice(i, i + 2).map(compileTarget));
    writeIfChanged(stamp, hash);
  }
  const bytesOf = ({ file }) => readFileSync(at(wasmOf(file)));
  const { sharedBuild } = await importSource(SHARED_BUILD);
  for (const target of targets.slice(0, PRECISIONS.length)) {
    writeIfChanged(wasmOf(`${target.name}-shared`), sharedBuild(bytesOf(target)));
  }
  embed((target) => bytesOf(target).toString("base64"));
}

/** One file per build, so that an entry that needs one carries one. */
function embed(base64) {
  const own = targets.map(({ name }) => `${GENERATED}/kernels-${name}.ts`);
  for (const path of listFiles(GENERATED, (name) => /^kernels.*\.ts$/.test(name))) {
    if (!own.includes(path)) rmSync(at(path)); // an older build's
  }
  for (const target of targets) {
    const text = `${HEADER}export const BASE64: string =\n  "${base64(target)}";\n`;
    writeIfChanged(`${GENERATED}/kernels-${target.name}.ts`, text);
  }
}

async function embedWorker() {
  let source = "";
  if (existsSync(at(WORKER))) source = await bundle(WORKER, "iife");
  else say(`${WORKER} does not exist yet; the embedded worker is empty`);
  const text = `${HEADER}/** The worker as a classic script. */\nexport const WORKER_SOURCE: string =\n  ${JSON.stringify(source)};\n`;
  writeIfChanged(`${GENERATED}/worker.ts`, text);
}

try {
  await printMath();
  await Promise.all([compileKernels(), embedWorker()]);
} catch (error) {
  // asc writes its diagnostics to stderr; the exception only repeats the command line.
  console.error(`build-kernels: ${error.stderr || error.stack || error}`);
  process.exitCode = 1;
}
