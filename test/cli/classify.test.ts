import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { hiddenstate, MAIN, temporaryFolder } from "./command.js";

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const SIZES = "--cell gru --hidden 12 --embed 8 --lr 1e-2 --min-count 1 --epochs 4".split(" ");
const run = (args: string[]): ReturnType<typeof hiddenstate> => hiddenstate(args, { cwd: folder });
const train = (data: string, ...more: string[]): ReturnType<typeof hiddenstate> =>
  run(["train", "classify", "--data", data, ...SIZES, ...more]);

/** Sums and letters: which is which can be seen. */
const lines = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => (i % 2 === 0 ? `sum ${i} plus ${i + 1}` : `word ${"abc"[i % 3]} and b`));

beforeAll(async () => {
  fs.writeFileSync(at("train.txt"), `\ufeff${lines(120).join("\r\n")}`);
  fs.writeFileSync(at("train.txt.gz"), gzipSync(lines(120).join("\n")));
  const { code, err } = await train("train.txt", "--out", "good");
  expect([code, err]).toEqual([0, ""]);
});

test("without data: its own example, learned in less than a minute", async () => {
  const { code, out } = await run(["train", "classify"]);
  expect(code).toBe(0);
  expect(out).toContain("examples: sentences of a small grammar, 1,200 examples, 4 labels");
  expect(out).toMatch(/accuracy (0\.99|1\.00)/);
  expect(out).toContain("saved in runs/classify-gru-1. Next:\n  npx hiddenstate predict runs/classify-gru-1 INPUT");
  const names = fs.readdirSync(at("runs/classify-gru-1")).filter((name) => !/^(checkpoints|current|best)/.test(name));
  const own = ["README.md", "config.json", "labels.json", "metrics.jsonl", "model.safetensors", "report.html"];
  expect(names).toEqual([...own, "run.json", "tokenizer.json"]);
});

test("gzip, CRLF and a byte order mark change nothing", async () => {
  await train("train.txt.gz", "--out", "packed");
  const model = (name: string): Buffer => fs.readFileSync(at(`${name}/model.safetensors`));
  expect(model("packed").equals(model("good"))).toBe(true);
});

test("eval and predict, for people and for programs, from arguments and from standard input", async () => {
  fs.writeFileSync(at("test.txt"), lines(30).join("\n"));
  const words = await run(["eval", "good", "--data", "test.txt"]);
  expect(words.out).toMatch(/^accuracy +1\.0000 {2}\(1\.0000 to 1\.0000, 95 %\)\n/);
  expect(words.out).toContain("\nBy label\nlabel");
  const json = JSON.parse((await run(["eval", "good", "--data", "test.txt", "--json"])).out);
  expect(json).toMatchObject({
    accuracy: 1,
    accuracyInterval: { low: 1, high: 1, level: 0.95 },
    examples: 30,
    run: "good",
  });
  expect(json.perLabel[0]).toMatchObject({ label: "sum", support: 15 });
  const asked = await run(["predict", "good", "1 plus 2", "a and b"]);
  expect(asked.out).toMatch(/^sum\t[\d.]+\t1 plus 2\nword\t[\d.]+\ta and b\n$/);
  const piped = spawnSync(process.execPath, [MAIN, "predict", "good", "--json"], {
    cwd: folder,
    input: "1 plus 2\r\na and b",
    encoding: "utf8",
  });
  const answers = piped.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.map(({ input, labels }) => [input, labels])).toEqual([
    ["1 plus 2", ["sum"]],
    ["a and b", ["word"]],
  ]);
});

test("lines before one that is no text are answered", () => {
  const input = Buffer.concat([Buffer.from("1 plus 2\na and b\n"), Buffer.of(0xff, 0x0a)]);
  const asked = spawnSync(process.execPath, [MAIN, "predict", "good"], { cwd: folder, input });
  expect(asked.stdout.toString()).toMatch(/^sum\t[\d.]+\t1 plus 2\nword\t[\d.]+\ta and b\n$/);
  expect(asked.stderr.toString()).toMatch(
    /^error: standard input, line 3: byte 17 from the start \(0xFF\) is not UTF-8/,
  );
  expect(asked.status).toBe(1);
});

describe("a run behind the word of its task", () => {
  test("is the run; another task is named, and one that there is not", async () => {
    fs.writeFileSync(at("few.txt"), lines(8).join("\n"));
    const short = await run(["eval", "good", "--data", "few.txt"]);
    expect(await run(["eval", "classify", "good", "--data", "few.txt"])).toEqual(short);
    expect((await run(["predict", "classify", "good", "1 plus 2"])).out).toMatch(/^sum\t/);
    const other = await run(["predict", "tag", "good", "1 plus 2"]);
    expect([other.code, other.err]).toEqual([
      1,
      expect.stringContaining('"good" was trained for classify, not for tag'),
    ]);
    const slip = await run(["eval", "clasify", "good", "--data", "few.txt"]);
    expect([slip.code, slip.err]).toEqual([2, expect.stringContaining('no task "clasify". Did you mean "classify"?')]);
    const missing = await run(["predict", "classify"]);
    expect(missing.err).toContain("missing required argument 'run' after the task classify");
    const more = await run(["eval", "classify", "good", "few.txt", "--data", "few.txt"]);
    expect([more.code, more.err]).toEqual([2, expect.stringContaining("too many arguments")]);
  });

  test("may be called like a task, as a path", async () => {
    fs.cpSync(at("good"), at("classify"), { recursive: true, verbatimSymlinks: true });
    expect((await run(["predict", "./classify", "1 plus 2"])).out).toMatch(/^sum\t/);
    expect((await run(["predict", "classify", "./classify", "tag"])).out).toMatch(/\ttag\n$/);
    expect((await run(["predict", "classify"])).err).toContain("a folder of that name is ./classify");
  });
});

test("a series that is none is named by its line, and those before it are answered", async () => {
  const series = Array.from({ length: 12 }, (_, i) =>
    JSON.stringify({ series: [[i, i + 1]], label: i % 2 ? "a" : "b" }),
  );
  fs.writeFileSync(at("series.jsonl"), series.join("\n"));
  const short = "--cell gru --hidden 12 --epochs 4 --out series".split(" ");
  expect((await run(["train", "classify", "--data", "series.jsonl", ...short])).err).toBe("");
  const input = `\ufeff${Array.from({ length: 80 }, (_, i) => (i === 70 ? "seven" : "[[1, 2, 3]]")).join("\r\n")}`;
  const asked = spawnSync(process.execPath, [MAIN, "predict", "series"], { cwd: folder, input, encoding: "utf8" });
  expect(asked.stderr).toBe(
    'error: standard input, line 71: classify: expected a series as JSON, an array of numbers per dimension as in [[1, 2, 3]], received "seven".\n',
  );
  expect(asked.stdout.trimEnd().split("\n")).toHaveLength(70);
  const second = await run(["predict", "series", "[[1, 2]]", "[[1], [2]]"]);
  expect(second.err).toBe(
    "error: input 2: classify: the series of the input must have 1 dimensions, received 2. Repair or leave it out.\n",
  );
});

test("data of its own to validate on, and going on with both", async () => {
  fs.writeFileSync(at("held.txt"), lines(20).join("\n"));
  const first = await train("train.txt", "--valid-data", "held.txt", "--out", "held");
  expect(first.out).toContain(`to validate on: ${fs.realpathSync(at("held.txt"))}, 20 examples, 2 labels`);
  const events = (await run(["train", "classify", "--resume", "held", "--epochs", "5", "--json"])).out;
  const end = JSON.parse(events.trim().split("\n").at(-1)!);
  expect(end).toMatchObject({ event: "end", step: 20, valid: { predictions: 20 } });
});

describe("what cannot be used: words, no stack, and no run is begun", () => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ["empty.txt", "", /there is no example in /],
    ["one.txt", "yes a\nyes b\n", /at least 2 labels, the data has only "yes"/],
    ["bad.txt", "yes a\nno\n", /bad\.txt, line 2: expected a label, " " and a text, received "no"/],
    ["bytes.txt", Uint8Array.of(0x79, 0x20, 0x61, 0x0a, 0x6e, 0x20, 0xff, 0x0a), /bytes\.txt.*line 2/],
    ["no.csv", "a,b\n1,2\n", /a column "text" and "label"/],
    ["long.txt", `yes ${"a ".repeat(500_000)}\nno b\n`, /has 500000 steps, the longest allowed has 2000/],
  ];
  test.each(cases)("%s", async (name, content, words) => {
    fs.writeFileSync(at(name), content);
    const { code, err, out } = await train(name, "--out", `never-${name}`);
    expect(err).toMatch(words);
    expect(err).toMatch(/^error: .*\n$/);
    expect([code, out, fs.existsSync(at(`never-${name}`))]).toEqual([1, "", false]);
  });

  test("labels of a test that the training did not have", async () => {
    fs.writeFileSync(at("other.txt"), "sum 1\ndrum 2\n");
    const { code, err } = await run(["eval", "good", "--data", "other.txt"]);
    expect(err).toMatch(/1 example has labels that the training did not: "drum"\..*Known: sum, word\./);
    expect(code).toBe(1);
  });

  test("a million characters in a line are read, or cut", async () => {
    fs.writeFileSync(at("million.txt"), `sum ${"1 ".repeat(500_000)}\nword b\n`);
    const { code, out } = await train("million.txt", "--too-long", "cut", "--max-length", "50", "--out", "cut");
    expect(code).toBe(0);
    expect(out).toContain("2 examples, 2 labels");
  });

  test("a run of another task, and options that mean nothing", async () => {
    const { err } = await run(["generate", "good"]);
    expect(err).toMatch(/"good" was trained for classify, and only language models write .* hiddenstate predict good/);
    const resumed = await run(["train", "tag", "--resume", "good"]);
    expect(resumed.err).toContain("this one was trained for classify, not for tag");
    expect((await train("train.txt", "--pooling", "lats")).err).toContain('Did you mean "last"?');
    const weights = await train("train.txt", "--class-weights", "sum=x");
    expect([weights.code, weights.err]).toEqual([2, expect.stringContaining('classWeights must be "none"')]);
  });
});
