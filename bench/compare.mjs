// PyTorch and hiddenstate on the same work, one process at a time, interleaved; prints a table in Markdown.
// Where our own time goes: `hiddenstate bench WORKLOAD --profile`; how fast products of other sizes are: `bench matmul`.
//   PYTHON=python3 BLAS_DIR=… node bench/compare.mjs [--only '^char-small'] [--threads 1,2] [--rounds 3] [--budget 5]
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const USAGE = `Usage: node bench/compare.mjs [--only REGEXP] [--threads N,N] [--rounds N] [--budget SECONDS]

  --only     workloads whose name matches, e.g. '^char-small' (default: all)
  --threads  numbers of threads (default: 1,2)
  --rounds   how often each is measured; the best counts (default: 3)
  --budget   seconds of timing for each measurement (default: 5)

PYTHON names an interpreter with torch (default: python3), BLAS_DIR a folder with its BLAS. Wants a built dist.`;

/** Say in one line why nothing runs. */
function refuse(why) {
  console.error(`compare: ${why}`);
  process.exit(2);
}

function options() {
  const text = { type: "string" };
  try {
    const known = { only: text, threads: text, rounds: text, budget: text, help: { type: "boolean", short: "h" } };
    return parseArgs({ options: known }).values;
  } catch (error) {
    return refuse(`${error.message.split(". ")[0]}; --help lists the options`);
  }
}

const given = options();
if (given.help) {
  console.log(USAGE);
  process.exit(0);
}
const { only: pattern = ".", threads: counts = "1,2", rounds: times = "3", budget = "5" } = given;
const [threads, rounds] = [counts.split(","), Number(times)];
const whole = (value) => Number.isInteger(Number(value)) && Number(value) >= 1;
if (!threads.every(whole)) refuse(`--threads wants whole numbers from 1, as in 1,2; received "${counts}"`);
if (!whole(times)) refuse(`--rounds wants a whole number from 1; received "${times}"`);
if (!(Number(budget) > 0)) refuse(`--budget wants seconds above 0; received "${budget}"`);
let only;
try {
  only = new RegExp(pattern);
} catch {
  refuse(`--only wants a regular expression; received "${pattern}"`);
}

// The golden numbers name every workload that both sides can do; streams have a benchmark of their own.
const source = readFileSync(here("../src/cli/bench/golden.ts"), "utf8");
const all = Array.from(source.matchAll(/"([\w-]+\.(?:train|infer))"/g), (match) => match[1]);
const workloads = all.filter((name) => only.test(name));
if (workloads.length === 0) refuse(`no workload matches --only "${pattern}"; there are ${all.join(", ")}`);

const python = process.env.PYTHON ?? "python3";
if (!existsSync(here("../dist/cli/main.js"))) refuse("there is no dist; build the package first (npm run build)");
if (spawnSync(python, ["-c", "import torch"], { stdio: "ignore" }).status !== 0) {
  refuse(`${python} cannot import torch; set PYTHON to an interpreter that can`);
}

const peers = {
  pytorch: (name, n) => [python, here("pytorch.py"), name, "--threads", n, "--budget", budget],
  hiddenstate: (name, n) => [
    process.execPath,
    here("../dist/cli/main.js"),
    "bench",
    name,
    "--threads",
    n,
    "--budget",
    budget,
  ],
};

/** Seconds of processor time that everybody used so far, and this process with its finished children; Linux only. */
function processorTime() {
  try {
    const all = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).slice(1).map(Number);
    const [user, nice, system, , , interrupts, soft, stolen] = all;
    const self = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ").map(Number);
    const own = self.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
    return { all: (user + nice + system + interrupts + soft + stolen) / 100, own: own / 100 };
  } catch {
    return { all: 0, own: 0 };
  }
}

/** The line that a peer prints, with the processors that others kept busy meanwhile; its words go to this terminal. */
function measure(peer, name, n) {
  const [command, ...args] = peers[peer](name, n);
  const [start, before] = [performance.now(), processorTime()];
  const how = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: 300_000 };
  const out = execFileSync(command, args, how);
  const after = processorTime();
  const foreign = (after.all - before.all - (after.own - before.own)) / ((performance.now() - start) / 1000);
  return { ...JSON.parse(out.trim().split("\n").at(-1)), foreign };
}

/** A run is disturbed when others used more than this share of a processor. */
const QUIET = 0.1;

/** Neighbours and a drifting clock only ever add time: of the undisturbed rounds the best counts. */
function better(a, b) {
  if (a === undefined) return b;
  const [quietA, quietB] = [a.foreign <= QUIET, b.foreign <= QUIET];
  if (quietA !== quietB) return quietA ? a : b;
  return b.median_ms < a.median_ms ? b : a;
}
const figure = (ms) => ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);

console.log(
  `${cpus()[0].model}, ${cpus().length} cores, ${platform()} ${arch()}, Node ${process.versions.node}; ${rounds} rounds\n`,
);
console.log("| workload | threads | hiddenstate ms | PyTorch ms | PyTorch / hiddenstate | heap MB, predicted | real |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
const versions = new Set();
for (const name of workloads) {
  for (const n of threads) {
    const best = {};
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ["hiddenstate", "pytorch"] : ["pytorch", "hiddenstate"];
      for (const peer of order) best[peer] = better(best[peer], measure(peer, name, n));
    }
    const { hiddenstate: ours, pytorch: theirs } = best;
    versions.add(`PyTorch ${theirs.version}`);
    const quiet = Math.max(ours.foreign, theirs.foreign) <= QUIET;
    const ratio = quiet ? (theirs.median_ms / ours.median_ms).toFixed(2) : "disturbed";
    // Training tells what a step takes of the heap.
    const heap = [ours.predicted_mb, ours.peak_mb].map((megabytes) => megabytes?.toFixed(1) ?? "");
    console.log(`| ${[name, n, figure(ours.median_ms), figure(theirs.median_ms), ratio, ...heap].join(" | ")} |`);
  }
}
console.log(
  `\n${[...versions].join(", ")}; above 1 hiddenstate is faster. "disturbed": other processes ran in every round, no ratio.`,
);
