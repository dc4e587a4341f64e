#!/usr/bin/env node
/** `hiddenstate`: finds the command, loads its file alone, and turns errors into words and exit codes. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { quietBrokenPipes } from "./broken-pipe.js";
import { exitCodeOf, messageOf, usageOf } from "./failure.js";

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** What defines the command; `words` are those on the command line. */
  readonly load: () => Promise<(command: Command, words: readonly string[]) => unknown>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: "train",
    summary: "train a model on your data: `train language`, `train classify`, …",
    load: async () => (await import("./train.js")).defineTrain,
  },
  {
    name: "generate",
    summary: "write with a trained language model",
    load: async () => (await import("./generate.js")).defineGenerate,
  },
  {
    name: "eval",
    summary: "score a trained model on data",
    load: async () => (await import("./eval.js")).defineEval,
  },
  {
    name: "predict",
    summary: "ask a trained model",
    load: async () => (await import("./predict.js")).definePredict,
  },
  {
    name: "data",
    summary: "list public data to train on, and fetch it",
    load: async () => (await import("./data.js")).defineData,
  },
  {
    name: "bench",
    summary: "measure how fast this machine trains and runs known models",
    load: async () => (await import("./bench.js")).defineBench,
  },
  {
    name: "cells",
    summary: "list the recurrent cells, or say what the machine does for one",
    load: async () => (await import("./cells.js")).defineCells,
  },
];

/** Sources and dist lie equally deep in the package. */
function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("hiddenstate")
    .description("Recurrent neural networks: train, write with, and measure them.")
    .version(packageVersion())
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .addHelpText("after", "\nExample: hiddenstate train language --data book.txt --minutes 5");
  // Only the command that was asked for is loaded: help and errors stay instant.
  const asked = words.filter((word) => !word.startsWith("-")).slice(0, words.includes("help") ? 2 : 1);
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).summary(summary);
    if (asked.includes(name)) await (await load())(command, words);
  }
  return program;
}

async function main(words: string[]): Promise<void> {
  quietBrokenPipes();
  const program = await buildProgram(words);
  try {
    if (words.length === 0) program.help({ error: true });
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const failure = error instanceof CommanderError ? usageOf(error, program, words) : error;
    if (failure !== null) process.stderr.write(`error: ${messageOf(failure)}\n`);
    process.exitCode = failure === null ? 2 : exitCodeOf(failure);
  }
}

await main(process.argv.slice(2));
