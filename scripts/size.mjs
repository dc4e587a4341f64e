// What an import costs a web page: bundles small programs from dist with rolldown and gzips them.
// A budget is a promise; a program whose entry is not built yet is named and passed over.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { at, listFiles } from "./files.mjs";

const KIB = 1024;

/** [what, a program against the built package, the entries it needs, gzip budget in bytes or null for a report only] */
const PROGRAMS = [
  ["front door, everything", 'import * as all from "hiddenstate"; console.log(all);', ["index"], null],
  ["one LSTM, trained", 'import { LSTM } from "hiddenstate/nn"; console.log(LSTM);', ["nn/index"], 60 * KIB],
];

// The embedded kernels are counted as wasm, not as script.
const embedded = /\/generated\/kernels[^/]*\.js$/;

async function gzippedSize(program) {
  const build = await rolldown({
    input: "program",
    platform: "browser",
    logLevel: "silent",
    treeshake: true,
    plugins: [
      {
        name: "program",
        resolveId(id) {
          if (id === "program") return id;
          if (id === "#host") return at("dist/runtime/host-web.js");
          const [, room] = /^hiddenstate(?:\/([a-z/]+))?$/.exec(id) ?? [null, null];
          if (id.startsWith("hiddenstate")) return at(room ? `dist/${room}/index.js` : "dist/index.js");
          return null;
        },
        load: (id) =>
          id === "program"
            ? program
            : embedded.test(id)
              ? readFileSync(id, "utf8").replace(/"[A-Za-z0-9+/=]{64,}"/g, '""')
              : null,
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  return gzipSync(output[0].code, { level: 9 }).length;
}

/** Everything that a page needs to stream one LSTM, but for its weights: the player and the WebAssembly of the bundle. */
async function streamSize() {
  const budgets = { script: 15 * KIB, wasm: 30 * KIB };
  const { compileStream } = await import("hiddenstate/stream/compile");
  const { streamCode } = await import("hiddenstate/stream");
  const { LSTM } = await import("hiddenstate/nn");
  const code = streamCode(compileStream(new LSTM({ inputSize: 8, hiddenSize: 8 })));
  const sizes = {
    script: await gzippedSize('import { loadStream } from "hiddenstate/stream"; console.log(loadStream);'),
    wasm: Object.values(code).reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0),
  };
  for (const [kind, bytes] of Object.entries(sizes)) {
    const over = bytes > budgets[kind];
    console.log(
      `size: one LSTM, streamed, ${kind}: ${kib(bytes)} gzip of ${kib(budgets[kind])}${over ? ", TOO BIG" : ""}`,
    );
    if (over) process.exitCode = 1;
  }
}

const kib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;

for (const [what, program, entries, budget] of PROGRAMS) {
  if (!entries.every((entry) => existsSync(at(`dist/${entry}.js`)))) {
    console.log(`size: ${what}: not built yet`);
    continue;
  }
  const bytes = await gzippedSize(program);
  const over = budget !== null && bytes > budget;
  console.log(
    `size: ${what}: ${kib(bytes)} gzip${budget === null ? "" : ` of ${kib(budget)}`}${over ? ", TOO BIG" : ""}`,
  );
  if (over) process.exitCode = 1;
}
if (existsSync(at("dist/stream/index.js"))) await streamSize();
for (const path of listFiles("dist/wasm")) {
  console.log(`size: ${path}: ${kib(gzipSync(readFileSync(at(path)), { level: 9 }).length)} gzip`);
}
