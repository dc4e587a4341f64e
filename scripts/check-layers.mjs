// Holds src to the one-way order of rooms (layers.mjs), after making sure that the check still detects violations.
import { readFileSync } from "node:fs";
import { at, listFiles } from "./files.mjs";
import { fileComplaints } from "./layers.mjs";

/** [file, text, expected number of complaints] */
const SELF_TEST = [
  ["src/nn/linear.ts", 'import { a } from "../tensor/index.js";', 0],
  ["src/tensor/tape.ts", 'import { a } from "../nn/index.js";', 1],
  ["src/tensor/tape.ts", 'import type { A } from "../nn/index.js";', 1],
  ["src/tensor/tape.ts", 'export {\n  a,\n  b,\n} from "../cell/index.js";', 1],
  ["src/optim/adam.ts", 'import { a } from "../nn/index.js";', 1],
  ["src/data/text.ts", 'import { readFile } from "node:fs/promises";', 1],
  ["src/data/text.ts", 'const fs = await import("node:fs");', 1],
  ["src/node/host.ts", 'import { Worker } from "node:worker_threads";\nimport "../runtime/heap.js";', 0],
  ["src/cli/main.ts", 'import { readFile } from "node:fs/promises";\nimport { a } from "../nn/index.js";', 0],
  ["src/cli/main.ts", 'import { readFile } from "fs";', 1],
  ["src/runtime/pool.ts", 'import { startWorker } from "#host";', 0],
  ["src/nn/linear.ts", 'import { startWorker } from "#host";', 1],
  ["src/runtime/pool.ts", 'import { a } from "../node/host.js";', 1],
  ["src/tensor/tape.test.ts", 'import { a } from "../nn/index.js";', 0],
  ["src/tensor/tape.ts", '// import { a } from "../nn/index.js";\n/* import "../nn/index.js"; */', 0],
  ["src/train/loop.ts", 'import { a } from "../../scripts/x.mjs";', 1],
  ["src/index.ts", 'export * from "./nn/index.js";', 0],
  ["src/index.ts", 'export * from "./node/index.js";', 1],
  ["src/nn/linear.ts", 'import { a } from "../index.js";', 1],
  ["src/attic/a.ts", "", 1],
  ["src/nn/long.ts", "\n".repeat(501), 1],
  ["src/nn/norm.ts", "const y = x ** 2;", 1],
  ["src/nn/norm.ts", 'const big = 2 ** 32; /** y = x**2 */ // x ** 2\nconst s = "a ** b";', 0],
];

let failures = 0;
const complain = (text) => {
  console.error(text);
  failures += 1;
};

for (const [path, text, expected] of SELF_TEST) {
  const found = fileComplaints(path, text);
  if (found.length !== expected) {
    complain(
      `self-test: ${path} with ${JSON.stringify(text.slice(0, 60))} gave ${found.length} complaints, not ${expected}`,
    );
  }
}

const manifest = JSON.parse(readFileSync(at("package.json"), "utf8"));
const packages = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
const files = listFiles("src", (name) => name.endsWith(".ts"));
for (const path of files) {
  for (const complaint of fileComplaints(path, readFileSync(at(path), "utf8"), packages)) {
    complain(`${path}: ${complaint}`);
  }
}

console.log(`check-layers: ${files.length} files, ${failures} problem(s)`);
process.exitCode = failures > 0 ? 1 : 0;
