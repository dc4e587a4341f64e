import path from "node:path";
import type { Command } from "commander";
import { PUBLIC_SETS, type PublicSet, sizeOfSet } from "../data/index.js";
import { badUsage } from "../errors.js";
import { dataFolder, download, type DownloadEvent } from "../node/index.js";
import { grouped } from "./figures.js";
import { interruptible } from "./interrupt.js";

/** `hiddenstate data`: public data, listed and fetched. */
export function defineData(command: Command): void {
  const names = PUBLIC_SETS.map(({ name }) => name).join(", ");
  command
    .description("Public data that people train on: what there is, under which licence, and how to fetch it.")
    .addHelpText("after", "\nExample: hiddenstate data get tinyshakespeare");
  command
    .command("list")
    .description("list the public sets")
    .option("--json", "print one JSON object per set")
    .addHelpText("after", "\nExample: hiddenstate data list")
    .action(({ json }: { json?: boolean }) => list(json === true));
  command
    .command("info")
    .description("say what a set is: source, licence, files and their checksums")
    .argument("<name>", names)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample: hiddenstate data info multi30k")
    .action((name: string, { json }: { json?: boolean }) => info(setNamed(name), json === true));
  command
    .command("get")
    .description("fetch a set, or go on with it; what is there and right is not fetched again")
    .argument("<name>", names)
    .option("--dir <folder>", `folder for its files (default: ${path.join(dataFolder(), "NAME")})`)
    .option("--json", "print one JSON object per event")
    .addHelpText("after", "\nExample: hiddenstate data get names --dir data/names")
    .action((name: string, options: { dir?: string; json?: boolean }) => get(setNamed(name), options));
}

function setNamed(name: string): PublicSet {
  const found = PUBLIC_SETS.find((set) => set.name === name);
  if (found === undefined) {
    const known = PUBLIC_SETS.map((set) => set.name);
    throw badUsage(`data: there is no public set "${name}"`, known, name);
  }
  return found;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const sizeText = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function list(json: boolean): void {
  for (const set of PUBLIC_SETS) {
    const { name, summary, licence, suits, files } = set;
    if (json) say(JSON.stringify({ name, summary, licence, suits, bytes: sizeOfSet(set), files: files.length }));
    else say(`${name.padEnd(16)} ${sizeText(sizeOfSet(set)).padStart(8)}  ${summary} (${licence})`);
  }
}

function info(set: PublicSet, json: boolean): void {
  if (json) return say(JSON.stringify({ ...set, bytes: sizeOfSet(set) }));
  say(`${set.name}: ${set.summary}`);
  say(`suits      hiddenstate ${set.suits}`);
  say(`licence    ${set.licence}`);
  say(`source     ${set.source}`);
  say(`size       ${grouped(sizeOfSet(set))} bytes in ${set.files.length} file${set.files.length === 1 ? "" : "s"}`);
  say(`checksums  SHA-256 ${set.checksums}`);
  for (const { url, bytes, sha256 } of set.files) say(`\n${url}\n  ${grouped(bytes)} bytes, ${sha256}`);
}

async function get(set: PublicSet, { dir, json = false }: { dir?: string; json?: boolean }): Promise<void> {
  const folder = dir ?? path.join(dataFolder(), set.name);
  const { signal, release } = interruptible(() => !json && say("stopping; the same command goes on from here"));
  const show = json ? (event: DownloadEvent | object) => say(JSON.stringify(event)) : progressTo(set);
  try {
    for await (const event of download(set.files, folder, { signal })) show(event);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130;
    return;
  } finally {
    release();
  }
  if (json) return say(JSON.stringify({ type: "end", folder, bytes: sizeOfSet(set), licence: set.licence }));
  say(`${set.name} is in ${folder}, every file verified`);
  say(`licence: ${set.licence} (${set.source})`);
}

/** A line for each file; at a terminal one that is drawn again while it comes. */
function progressTo({ files }: PublicSet): (event: DownloadEvent) => void {
  const terminal = process.stdout.isTTY === true && process.env.TERM !== "dumb";
  const clear = terminal ? "\r\u001b[2K" : "";
  let count = 0;
  return (event) => {
    if (event.type === "done") {
      say(`${clear}${++count}/${files.length}  ${event.name}${event.fetched ? "" : "  (was there)"}`);
    } else if (terminal) {
      const share = Math.floor((100 * event.received) / Math.max(1, event.bytes));
      process.stdout.write(`${clear}${count + 1}/${files.length}  ${event.name}  ${share} %`);
    } else if (event.type === "file" && event.received > 0) {
      say(`${event.name}: going on after ${grouped(event.received)} of ${grouped(event.bytes)} bytes`);
    }
  };
}
