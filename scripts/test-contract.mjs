// `npm run test:contract`: the contract of every cell on all sizes, and cells from many seeds. Minutes; `npm test` runs
// a sample of it. `SEED=N npm run test:contract -- random-cells` starts at another seed.
import { runNode } from "./run.mjs";

const filters = process.argv.slice(2);
const files = filters.length > 0 ? filters : ["test/contract"];
const kernels = await runNode("scripts/build-kernels.mjs");
const { code } = kernels.code === 0 ? await runNode("vitest", ["run", ...files], { env: { FULL: "1" } }) : kernels;
process.exitCode = code;
