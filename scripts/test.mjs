// `npm test`: every check in order; each step counts as one test, vitest's own tests are added, and the last line is
// the tally: `N passed, N failed` (and `, N skipped`). A later step runs even if an earlier one failed: one run tells all.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { at } from "./files.mjs";
import { runNode } from "./run.mjs";

const REPORT = ".cache/vitest.json";
const tally = { passed: 0, failed: 0, skipped: 0 };

const STEPS = [
  ["lockfile", "scripts/lockfile.mjs", []],
  ["kernels", "scripts/build-kernels.mjs", []],
  ["types", "scripts/typecheck.mjs", []],
  ["lint", "scripts/lint.mjs", []],
  ["format", "oxfmt", ["--check", "."]],
  ["layers", "scripts/check-layers.mjs", []],
  ["build", "scripts/build.mjs", []],
  ["package", "scripts/check-package.mjs", []],
  ["size", "scripts/size.mjs", []],
];

async function step(name, tool, args) {
  const start = performance.now();
  const { code, output } = await runNode(tool, args, { quiet: true });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.trimEnd());
  tally[code === 0 ? "passed" : "failed"] += 1;
}

async function vitest() {
  mkdirSync(at(".cache"), { recursive: true });
  rmSync(at(REPORT), { force: true });
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${REPORT}`];
  const { code } = await runNode("vitest", ["run", ...reporters, ...process.argv.slice(2)]);
  const report = readReport();
  if (report === undefined) {
    console.log("FAIL vitest (it ended without a report)");
    tally.failed += 1;
    return;
  }
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: todo } = report;
  // A file that cannot even be loaded has no tests of its own to count.
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const unexplained = code !== 0 && failed + broken.length === 0;
  for (const file of broken) console.log(`FAIL ${file.name}: ${file.message}`);
  if (unexplained) console.log("FAIL vitest (no test failed, but the run did: see the errors above)");
  tally.passed += passed + (code === 0 ? 1 : 0);
  tally.failed += failed + broken.length + (unexplained ? 1 : 0);
  tally.skipped += pending + todo;
  listSkipped(report);
}

function readReport() {
  try {
    return JSON.parse(readFileSync(at(REPORT), "utf8"));
  } catch {
    return undefined;
  }
}

/** Nothing silent: what did not run is named. */
function listSkipped(report) {
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (!["passed", "failed"].includes(test.status)) console.log(`skip ${test.fullName}`);
    }
  }
}

for (const [name, tool, args] of STEPS) await step(name, tool, args);
await vitest();

const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
process.exitCode = tally.failed > 0 ? 1 : 0;
console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
