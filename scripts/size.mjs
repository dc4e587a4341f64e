// What a program costs a web page: bundles small programs with rolldown from dist, minified and tree-shaken, gzips them,
// and prints a table. A budget is a promise: whoever breaks it fails the tests.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { at, listFiles } from "./files.mjs";

const KB = 1000;
/** Kernels that a program carries in its own text, as base64. */
const embedded = /\/generated\/kernels-[^/]*\.js$/;

const TRAINING = `
import { crossEntropy, scope, start, Tensor } from "hiddenstate";
import { Embedding, Linear, LSTM } from "hiddenstate/nn";
import { Adam, clipGradNorm } from "hiddenstate/optim";

await start();
const embedding = new Embedding({ vocabularySize: 65, size: 64 });
const lstm = new LSTM({ inputSize: 64, hiddenSize: 128 });
const output = new Linear({ inputSize: 128, outputSize: 65 });
const parameters = [embedding, lstm, output].flatMap((part) => part.parameters());
const adam = new Adam(parameters, { lr: 1e-3 });
const tokens = new Int32Array(50 * 32);
const loss = scope(() => {
  const input = Tensor.from(tokens, [50, 32], { dtype: "i32" });
  const scores = output.forward(lstm.forward(embedding.forward(input)).output);
  const loss = crossEntropy(scores, input);
  loss.backward();
  clipGradNorm(parameters, 5);
  adam.step();
  return loss.item();
});
console.log(loss);
`;

const STREAMING = `
import { loadStream } from "hiddenstate/stream";

const bundle = new Uint8Array(await (await fetch("lstm.hssb")).arrayBuffer());
const session = loadStream(bundle).session();
console.log(session.step(1));
`;

/** What a page loads to run a program, gzipped; with `bare`, without the kernels in it. */
async function loaded(program, bare) {
  const build = await rolldown({
    input: "program",
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "program",
        resolveId(id) {
          if (id === "program") return id;
          if (id === "#host") return at("dist/runtime/host-web.js");
          const [, room = ""] = /^hiddenstate(\/[a-z/]+)?$/.exec(id) ?? [];
          return id.startsWith("hiddenstate") ? at(`dist${room}/index.js`) : null;
        },
        load(id) {
          if (id === "program") return program;
          return bare && embedded.test(id) ? 'export const BASE64 = "";' : null;
        },
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  // Files that are imported when asked for, and not before, do not count.
  const needed = new Set([output[0].fileName]);
  for (const name of needed)
    for (const other of output.find(({ fileName }) => fileName === name).imports) needed.add(other);
  return output.reduce((sum, { fileName, code }) => sum + (needed.has(fileName) ? gzipped(code) : 0), 0);
}

const gzipped = (content) => gzipSync(content, { level: 9 }).length;

/** A program that carries its kernels. */
async function sizeOf(program) {
  const script = await loaded(program, true);
  const all = await loaded(program, false);
  return { script, wasm: all - script, all };
}

/** The player, and the code in a bundle of one LSTM; its weights and their description are not counted. */
async function streamSize() {
  const { compileStream } = await import("hiddenstate/stream/compile");
  const { streamCode } = await import("hiddenstate/stream");
  const { LSTM } = await import("hiddenstate/nn");
  const code = streamCode(compileStream(new LSTM({ inputSize: 8, hiddenSize: 8 })));
  const { script } = await sizeOf(STREAMING);
  const wasm = Object.values(code).reduce((sum, bytes) => sum + gzipped(bytes), 0);
  return { script, wasm, all: script + wasm };
}

const rows = [
  { what: "one LSTM, streamed", ...(await streamSize()), budget: 45 * KB },
  { what: "Embedding, LSTM, Linear, trained by Adam", ...(await sizeOf(TRAINING)), budget: 100 * KB },
  { what: "everything in hiddenstate/nn", ...(await sizeOf('export * from "hiddenstate/nn";')) },
];

const kb = (bytes) => (bytes / KB).toFixed(1);
console.log("| gzip, KB | script | WebAssembly | in all | budget |\n|---|---:|---:|---:|---:|");
for (const { what, script, wasm, all, budget } of rows) {
  console.log(`| ${what} | ${kb(script)} | ${kb(wasm)} | ${kb(all)} | ${budget === undefined ? "" : kb(budget)} |`);
}
for (const path of listFiles("dist/wasm")) {
  console.log(`size: ${path}: ${kb(gzipped(readFileSync(at(path))))} KB gzip`);
}
for (const { what, all, budget = Infinity } of rows) {
  if (all <= budget) continue;
  console.log(`size: ${what} needs ${kb(all)} KB, more than the ${kb(budget)} KB that it may`);
  process.exitCode = 1;
}
