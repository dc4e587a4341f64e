import fs from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { type CommandOptions, hiddenstate, MAIN, sampleText, temporaryFolder } from "./command.js";

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const TINY = "--hidden 8 --layers 1 --embed 4 --window 5 --batch 3".split(" ");
const LANGUAGE = ["train", "language", "--data", at("text.txt"), ...TINY];
const train = (...more: string[]): string[] =>
  more.includes("--steps") ? [...LANGUAGE, ...more] : [...LANGUAGE, "--steps", "3", ...more];

beforeAll(async () => {
  fs.writeFileSync(at("text.txt"), sampleText(20));
  fs.writeFileSync(at("empty.txt"), "");
  fs.writeFileSync(at("short.txt"), "too short");
  fs.writeFileSync(
    at("binary.bin"),
    Uint8Array.from({ length: 4000 }, (_, i) => (i * 37) % 256),
  );
  fs.mkdirSync(at("no-text"));
  fs.writeFileSync(at("no-text/picture.png"), Uint8Array.of(0, 1, 2));
  const { code, err } = await hiddenstate(train("--out", at("run")));
  expect(err).toBe("");
  expect(code).toBe(0);
});

/** A copy of the good run with something done to it. */
function damaged(name: string, damage: (run: string) => void): string {
  const run = at(name);
  fs.cpSync(at("run"), run, { recursive: true, verbatimSymlinks: true });
  damage(run);
  return run;
}

/** The command fails with this code, one line of words on standard error, nothing on standard output, and no stack. */
async function fails(args: string[], code: number, words: string | RegExp, options?: CommandOptions): Promise<void> {
  const { code: received, err, out } = await hiddenstate(args, options);
  expect(err).toMatch(words);
  expect(err).toMatch(/^error: .*\n$/);
  expect(err).not.toMatch(/\n\s+at /);
  expect(out).toBe("");
  expect(received).toBe(code);
}

test("a model that does not fit is refused before its numbers are drawn", async () => {
  await fails(train("--hidden", "99999999"), 1, /no room for/);
});

describe("words that cannot be used: exit code 2", () => {
  test.each<[string, string[]]>([
    [
      "unknown command 'trian'. Did you mean \"train\"? Known: train, generate, eval, predict, data, bench, cells.",
      ["trian"],
    ],
    ['there is no train "langauge". Did you mean "language"? Known: classify, ', ["train", "langauge"]],
    ['--cell cannot be "lstn". Did you mean "lstm"? Known: ', train("--cell", "lstn")],
    ["unknown option '--hiden'. Did you mean \"--hidden\"? Known: --data, --level, ", train("--hiden", "8")],
    ['there is no train "langauge". Did you mean "language"?', ["train", "langauge", "--data", at("text.txt")]],
    ['--cell cannot be "batchNormLstm": it normalises by what else is in the batch', train("--cell", "batchNormLstm")],
    ['there is no cell "lsmt". Did you mean "lstm"?', ["cells", "lsmt"]],
    ["--hidden must be a whole number from 1, received 0", ["cells", "--hidden", "0"]],
    ['there is no cell "lsmt". Did you mean "lstm"?', ["bench", "cells", "lsmt"]],
    ["--threads means nothing with cells", ["bench", "cells", "--threads", "2"]],
    ['--precision cannot be "exact". Known: strict, fast.', train("--precision", "exact")],
    ['--hidden must be a whole number, received "many"', train("--hidden", "many")],
    ["hidden must be a whole number from 1, received 0", train("--hidden", "0")],
    ['--lr must be a number, received "1e"', train("--lr", "1e")],
    ["lr must be a number above 0, received -1", train("--lr", "-1")],
    ["dropout must be a probability", train("--dropout", "1")],
    ["valid must be a share", train("--valid", "2")],
    ["threads must be a whole number from 1 to", train("--threads", "0")],
    ["exactly one of steps, epochs and minutes says when to end, received steps and minutes", train("--minutes", "1")],
    ["option '--cell <name>' argument missing", train("--cell")],
    ["too many arguments", ["train", "language", "book.txt"]],
    ["missing required argument 'run'", ["generate"]],
    ["temperature must be a number from 0, received -1", ["generate", at("run"), "--temperature", "-1"]],
    ["topP must be a number above 0 and up to 1, received 0", ["generate", at("run"), "--top-p", "0"]],
    ["required option '--data <path...>' not specified", ["eval", at("run")]],
    ['there is no task "langauge". Did you mean "language"?', ["predict", "langauge", at("run"), "line"]],
    ["unknown option '--best'; no word of the line is a run that can be read", ["predict", "--best", "3"]],
    ["unknown option '--best'. ", ["predict", at("run"), "--best", "3"]],
    ["--hidden cannot be given with it", ["train", "language", "--resume", at("run"), "--hidden", "9"]],
  ])("%s", async (words, args) => {
    const { code, err, out } = await hiddenstate(args);
    expect(err).toContain(words);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe("");
    expect(code).toBe(2);
    expect(fs.existsSync(at("runs"))).toBe(false);
  });
});

describe("data that cannot be used: exit code 1, and no run is begun", () => {
  test.each<[string, string]>([
    ["missing.txt", "there is no file or folder"],
    ["empty.txt", "the file is empty"],
    ["binary.bin", "is not UTF-8 text (byte"],
    ["no-text", "the folder holds no text file with content"],
    ["short.txt", "need at least 16 tokens, the text has 8"],
  ])("%s", async (name, words) => {
    const out = at(`never-${name}`);
    const args = ["train", "language", ...TINY, "--steps", "3", "--data", at(name), "--out", out];
    await fails(args, 1, words);
    expect(fs.existsSync(out)).toBe(false);
  });

  test("characters that the model has never seen", async () => {
    fs.writeFileSync(at("other.txt"), "line é");
    await fails(["eval", at("run"), "--data", at("other.txt")], 1, /U\+00E9\) at position 5/);
    await fails(["generate", at("run"), "--prompt", "é"], 1, /U\+00E9\) at position 0/);
  });
});

describe("run folders that cannot be used: exit code 1, and nothing is changed", () => {
  const cases: [string, (run: string) => void, RegExp][] = [
    ["missing", (run) => fs.rmSync(run, { recursive: true }), /there is no run in/],
    ["no-weights", (run) => fs.rmSync(path.join(run, "current/model.safetensors")), /model.safetensors" is missing/],
    ["no-config", (run) => fs.rmSync(path.join(run, "config.json")), /config.json" is missing/],
    [
      "cut-weights",
      (run) => fs.truncateSync(path.join(run, "current/model.safetensors"), 100),
      /has 100 bytes, \d+ were saved/,
    ],
    ["other-weights", (run) => flip(path.join(run, "current/model.safetensors")), /SHA-256 differs/],
    ["other-words", (run) => flip(path.join(run, "vocabulary.json")), /SHA-256 differs/],
    [
      "other-version",
      (run) => fs.writeFileSync(path.join(run, "run.json"), '{"format":"hiddenstate.run","version":9}'),
      /has format version 9, this program reads version 1/,
    ],
  ];

  test.each(cases)("%s", async (name, damage, words) => {
    const run = damaged(name, damage);
    await fails(["generate", run], 1, words);
    await fails(["eval", run, "--data", at("text.txt")], 1, words);
    await fails(["train", "language", "--resume", run, "--steps", "6"], 1, words);
  });

  test("one that is missing is said to be, whatever it is to be asked", async () => {
    await fails(["predict", at("nowhere"), "--best", "3", "line"], 1, "there is no run in");
    await fails(["eval", at("nowhere"), "--data", at("text.txt"), "--confusion"], 1, "there is no run in");
  });

  test("a config of another version", async () => {
    const run = damaged("other-config", (copy) => {
      const file = path.join(copy, "config.json");
      const bytes = Buffer.from(fs.readFileSync(file, "utf8").replace('"version": 1', '"version": 7'));
      fs.writeFileSync(file, bytes);
      vouch(copy, "config.json", bytes);
    });
    await fails(["generate", run], 1, /version in config.json must be 1, received 7/);
  });

  test("a resumed run with its moments cut, or another text", async () => {
    const run = damaged("cut-moments", (copy) => fs.truncateSync(path.join(copy, "current/optimizer.safetensors"), 9));
    await fails(["train", "language", "--resume", run, "--steps", "6"], 1, /has 9 bytes, \d+ were saved/);
    const other = ["--resume", at("run"), "--steps", "6", "--data", at("short.txt")];
    await fails(["train", "language", ...other], 1, /not the data that the run was trained with/);
  });
});

describe("folders that cannot be written", () => {
  test.runIf(process.platform === "linux")("a place where the system makes no folders", async () => {
    await fails(
      train("--out", "/proc/hiddenstate/run"),
      1,
      /cannot be written \(ENOENT\). The system makes no folder there/,
    );
  });

  test("a file in the way, a foreign folder, a run that is there already", async () => {
    await fails(train("--out", at("text.txt")), 1, /"[^"]*text.txt" cannot be written \(EEXIST\)/);
    await fails(train("--out", path.join(at("text.txt"), "below")), 1, /cannot be written \(ENOTDIR\)/);
    await fails(train("--out", at("no-text")), 1, /is not empty \(it holds "picture.png"\)/);
    await fails(train("--out", at("run")), 1, /already holds a run/);
  });

  test.skipIf(process.platform === "win32")("a disk that gets full: the last checkpoint stays good", async () => {
    // The system refuses files beyond 12 KiB, as a full disk refuses blocks: the log runs into it.
    const run = at("full");
    const args = train("--out", run, "--steps", "4000");
    const shell = `trap '' XFSZ; ulimit -f 24; exec "$0" "$@"`;
    const { status, stderr } = spawnSync("sh", ["-c", shell, process.execPath, MAIN, ...args], { encoding: "utf8" });
    expect(stderr).toMatch(
      /^error: run: ".*" cannot be written \((EFBIG|ENOSPC)\).*the last committed checkpoint is intact/,
    );
    expect(status).toBe(1);
    const { code, out } = await hiddenstate(["generate", run, "--length", "10"]);
    expect(out.trim().length).toBeGreaterThan(0);
    expect(code).toBe(0);
  });
});

test("a loss that is no number: the step, what to try, and the last good checkpoint", async () => {
  const run = at("diverged");
  const { code, err } = await hiddenstate(train("--out", run, "--lr", "1e30", "--steps", "50"));
  expect(err).toMatch(/^error: train: the .* at step \d+\. The last good checkpoint, of step 0, is kept\. Try a lower/);
  expect(code).toBe(1);
  expect((await hiddenstate(["generate", run, "--length", "10"])).code).toBe(0);
});

function flip(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 3] ^= 1;
  fs.writeFileSync(file, bytes);
}

/** Make the checkpoint's list agree with a changed document: a file that is whole, but of another program. */
function vouch(run: string, name: string, bytes: Buffer): void {
  const file = path.join(run, "current/checkpoint.json");
  const manifest = JSON.parse(fs.readFileSync(file, "utf8")) as { documents: Record<string, object> };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  manifest.documents[name] = { bytes: bytes.length, sha256 };
  fs.writeFileSync(file, JSON.stringify(manifest));
}
