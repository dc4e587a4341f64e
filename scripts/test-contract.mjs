// `npm run test:contract`: the contract of every cell on all sizes, every point of the product, cells from many seeds, and the
// memory tasks at full length. Minutes; `npm test` runs a sample of it. `SEED=N npm run test:contract -- random-cells` starts at another seed,
// `PART=1/3 npm run test:contract -- product` takes every third point. The last lines count what was done.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { at } from "./files.mjs";
import { runNode } from "./run.mjs";

const REPORT = ".cache/contract.json";
const PRODUCT = ".cache/product";

/** What the parts of the product counted, added up; undefined where none of them ran. */
function productTally() {
  let files = [];
  try {
    files = readdirSync(at(PRODUCT));
  } catch {
    return undefined;
  }
  const tallies = files.map((file) => JSON.parse(readFileSync(at(`${PRODUCT}/${file}`), "utf8")));
  return tallies.reduce(
    (sum, one) => Object.fromEntries(Object.entries(one).map(([k, v]) => [k, v + (sum[k] ?? 0)])),
    {},
  );
}

const count = (number) => number.toLocaleString("en-US");

const filters = process.argv.slice(2);
const files = filters.length > 0 ? filters : ["test/contract", "test/learning/memory-tasks"];
const start = performance.now();
mkdirSync(at(".cache"), { recursive: true });
for (const stale of [REPORT, PRODUCT]) rmSync(at(stale), { recursive: true, force: true });
const kernels = await runNode("scripts/build-kernels.mjs");
// The memory tasks are programs that use the built package.
const built = kernels.code === 0 ? await runNode("scripts/build.mjs") : kernels;
const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${REPORT}`];
const { code } =
  built.code === 0 ? await runNode("vitest", ["run", ...reporters, ...files], { env: { FULL: "1" } }) : built;

const product = productTally();
if (product !== undefined && product.points > 0) {
  const { points, numbers, differences, kinks, redrawn } = product;
  console.log(
    `product: ${count(points)} points held, ${count(numbers)} numbers compared, ${count(differences)} directional ` +
      `differences measured (${count(kinks)} beside a kink); ${count(redrawn)} drawn again`,
  );
}
try {
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(at(REPORT), "utf8"));
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`contract: ${count(passed)} passed, ${count(failed)} failed, ${minutes} min`);
} catch {
  console.log("contract: it ended without a report");
}
process.exitCode = code;
