/**
 * Result cards: what a published figure of docs/results.md was measured with, and whether it still would be.
 *
 *   node scripts/cards.mjs make NAME [--eval "DATA FLAGS"] -- train TASK --data … --seed 1
 *   node scripts/cards.mjs replay [NAME …] [--steps N]
 *
 * `make` trains with the built command line, scores the result, and writes docs/cards/NAME.json: commit, commands, the losses
 * of the first 200 steps with all their digits, and the figures; a training that is interrupted is scored as it stands then. `replay` starts each card's training again and compares the
 * losses bit for bit, stopping after as many steps. A card whose losses differ belongs to another library: make it again.
 * Cards whose data is not there are named and left out. Data paths are relative to the checkout. A command with `--precision fast`
 * runs in the engine that NODE24 names, as relaxed SIMD needs one newer than Node 20's; without it its card is left out, too.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { at } from "./files.mjs";

const FOLDER = "docs/cards";
const KEPT = 200;
const CLI = "dist/cli/main.js";

const isFast = (args) => args[args.indexOf("--precision") + 1] === "fast";

/** The engine that a command runs in. */
const engineOf = (args) => (isFast(args) && process.env.NODE24) || process.execPath;

/** What a command needs that is not there. */
function missingFor(args) {
  const files = args.filter((word) => /^(\.\.|\.cache)\//.test(word) && !existsSync(at(word)));
  return isFast(args) && !process.env.NODE24 ? [...files, "NODE24"] : files;
}

/** The JSON lines that a command of ours prints. */
async function* linesOf(args, state) {
  const child = spawn(engineOf(args), [at(CLI), ...args, "--json"], {
    cwd: at("."),
    stdio: ["ignore", "pipe", "pipe"],
  });
  state.child = child;
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint += chunk));
  const closed = new Promise((resolve) => child.on("close", resolve));
  for await (const line of createInterface({ input: child.stdout })) if (line.trim() !== "") yield JSON.parse(line);
  const code = await closed;
  if (code !== 0 && state.stopped !== true)
    throw new Error(`hiddenstate ${args.join(" ")}: exit ${code}\n${complaint}`);
}

/** The losses of a training's steps up to `last`, and its last event if it is let run to its end. */
async function train(args, last, toTheEnd) {
  const state = {};
  const losses = [];
  let end = null;
  for await (const event of linesOf(args, state)) {
    if (event.event === "step" && losses.length < last) losses.push(event.loss);
    if (event.event === "end") end = event;
    if (!toTheEnd && losses.length === last) {
      state.stopped = true;
      state.child.kill("SIGKILL");
      break;
    }
  }
  return { losses, end };
}

async function make(words) {
  const split = words.indexOf("--");
  const [name, flag, evaluation] = words.slice(0, split);
  const command = words.slice(split + 1);
  if (split < 1 || command[0] !== "train" || (flag !== undefined && (flag !== "--eval" || evaluation === undefined))) {
    throw new Error('expected: make NAME [--eval "DATA FLAGS"] -- train TASK …');
  }
  const git = (...args) => execFileSync("git", args, { cwd: at("."), encoding: "utf8" }).trim();
  const missing = missingFor(command);
  if (missing.length > 0) throw new Error(`${name}: no ${missing.join(", ")}`);
  const run = `runs/card-${name}`;
  rmSync(at(run), { recursive: true, force: true });
  const { losses, end } = await train([...command, "--out", run], KEPT, true);
  const figures = { validation: end.valid };
  const score = evaluation === undefined ? null : ["eval", run, ...evaluation.split(" ").filter((word) => word !== "")];
  if (score !== null) for await (const line of linesOf(score, {})) figures.test = line;
  const seed = command.includes("--seed") ? Number(command[command.indexOf("--seed") + 1]) : null;
  const commit = git("rev-parse", "--short", "HEAD");
  const card = {
    name,
    commit,
    seed,
    command: command.join(" "),
    evaluation: score?.join(" ") ?? null,
    ...(end.reason === "cancelled" ? { stopped: end.step } : {}),
    figures,
    losses,
  };
  mkdirSync(at(FOLDER), { recursive: true });
  writeFileSync(at(`${FOLDER}/${name}.json`), `${JSON.stringify(card, null, 1)}\n`);
  console.log(`${name}: ${JSON.stringify(figures)}`);
}

async function replay(words) {
  const flag = words.indexOf("--steps");
  const steps = flag < 0 ? KEPT : Number(words[flag + 1]);
  if (!Number.isSafeInteger(steps) || steps < 1) throw new Error("--steps: expected a whole number from 1");
  const asked = flag < 0 ? words : words.toSpliced(flag, 2);
  const there = readdirSync(at(FOLDER)).map((file) => file.replace(/\.json$/, ""));
  const unknown = asked.find((name) => !there.includes(name));
  if (unknown !== undefined) throw new Error(`no card ${unknown}; there are ${there.join(", ")}`);
  const tally = { same: 0, other: 0, absent: 0 };
  for (const name of asked.length > 0 ? asked : there) {
    const { command, losses } = JSON.parse(readFileSync(at(`${FOLDER}/${name}.json`), "utf8"));
    const args = command.split(" ");
    const missing = missingFor(args);
    if (missing.length > 0) {
      tally.absent++;
      console.log(`absent  ${name}: no ${missing.join(", ")}`);
      continue;
    }
    const kept = losses.slice(0, steps);
    const run = `runs/replay-${name}`;
    rmSync(at(run), { recursive: true, force: true });
    const again = await train([...args, "--out", run], kept.length, false);
    rmSync(at(run), { recursive: true, force: true });
    const first = kept.findIndex((loss, i) => loss !== again.losses[i]);
    tally[first < 0 ? "same" : "other"]++;
    const words =
      first < 0 ? `${kept.length} steps` : `step ${first + 1} is ${again.losses[first]}, was ${kept[first]}`;
    console.log(`${first < 0 ? "same  " : "OTHER "}  ${name}: ${words}`);
  }
  console.log(`${tally.same} the same, ${tally.other} other, ${tally.absent} left out`);
  if (tally.other > 0) process.exitCode = 1;
}

const [verb, ...words] = process.argv.slice(2);
if (verb === "make") await make(words);
else if (verb === "replay") await replay(words);
else throw new Error("expected `make` or `replay`");
