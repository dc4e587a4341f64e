/**
 * The programs in examples/memory: who can remember learns, who cannot stays where a guess is. `npm test` runs short settings,
 * `npm run test:contract` also those of docs/results.md, some ten minutes of them.
 *
 * Everything is seeded, so that a bound is met always or never; it leaves room for
 * changes in the order of a sum.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runNode, temporaryFolder } from "../cli/command.js";

const folder = temporaryFolder();
const LONG = { timeout: 120_000 };

/** Run an example; the numbers that `pattern` finds in its last line. */
async function figures(name: string, args: string, pattern: RegExp): Promise<number[]> {
  const file = fileURLToPath(new URL(`../../examples/memory/${name}.mjs`, import.meta.url));
  const { code, out, err } = await runNode(file, args.split(" "));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const found = pattern.exec(out.trim().split("\n").at(-1)!);
  expect(found, out).not.toBeNull();
  return found!.slice(1).map(Number);
}

describe("adding problem, T = 20", () => {
  const error = (args: string) => figures("adding", `--length 20 ${args}`, /error ([\d.]+); without memory ([\d.]+)/);

  it.each(["lstm --steps 800", "gru --steps 800", "irnn --lr 2e-3 --steps 1500"])("%s: solved", LONG, async (args) => {
    const [reached, baseline] = await error(`--cell ${args}`);
    expect(baseline).toBeCloseTo(1 / 6, 5);
    expect(reached).toBeLessThan(0.05);
  });

  it("a tanh network does not move in the steps that gated ones need", LONG, async () => {
    const [reached] = await error("--cell tanh --steps 800");
    expect(reached).toBeGreaterThan(0.14);
  });
});

describe("copy memory, T = 20", () => {
  const losses = (cell: string) =>
    figures(
      "copy",
      `--cell ${cell} --delay 20 --steps 150`,
      /loss ([\d.]+); without memory ([\d.]+); each repeated symbol ([\d.]+) nats/,
    );

  it.each(["orthogonal", "unitary"])("the %s network learns it", LONG, async (cell) => {
    const [loss, baseline, told] = await losses(cell);
    expect(baseline).toBeCloseTo((10 * Math.log(8)) / 40, 4);
    expect(loss).toBeLessThan(0.6 * baseline);
    expect(told).toBeLessThan(0.3 * Math.log(8));
  });

  it("an LSTM guesses the symbols still", LONG, async () => {
    const [, , told] = await losses("lstm");
    expect(told).toBeGreaterThan(0.9 * Math.log(8));
  });
});

describe("longer strings than those of the training", () => {
  it("parity of up to 8 bits, told once for a string, holds for 9 to 256", LONG, async () => {
    const [right] = await figures("parity", "--cell lstm --longest 8 --hidden 16 --steps 600", /([\d.]+) % right/);
    expect(right).toBeGreaterThan(90);
  });

  it("aⁿbⁿcⁿ up to n = 10 holds for larger n", LONG, async () => {
    const [first] = await figures("counting", "--longest 10 --steps 400", /every n up to (\d+) right/);
    expect(first).toBeGreaterThan(10);
  });
});

describe("images by rows", () => {
  const idx = (shape: number[], data: Uint8Array): Buffer =>
    Buffer.concat([Buffer.of(0, 0, 8, shape.length), ...shape.map((n) => Buffer.of(0, 0, n >>> 8, n & 255)), data]);

  it("an LSTM tells where a bar lies in a noisy image", LONG, async () => {
    let word = 1;
    const noise = (): number => (word = Math.imul(word, 1_664_525) + 1_013_904_223) >>> 24;
    for (const [part, count] of Object.entries({ train: 300, t10k: 100 })) {
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
      const pixels = labels.length * 28 * 28;
      const bar = (i: number): boolean => Math.floor((i % 784) / 56) === 2 + labels[Math.floor(i / 784)];
      const images = Uint8Array.from({ length: pixels }, (_, i) => (bar(i) ? 128 : 0) + noise() / 2);
      fs.writeFileSync(path.join(folder, `${part}-images-idx3-ubyte`), idx([count, 28, 28], images));
      fs.writeFileSync(path.join(folder, `${part}-labels-idx1-ubyte`), idx([count], labels));
    }
    const args = `--data ${folder} --hidden 32 --batch 20 --dropout 0.1 --lr 1e-2 --epochs 20`;
    const [right] = await figures("row-mnist", args, /([\d.]+) % right/);
    expect(right).toBeGreaterThan(95);
  });
});

describe.runIf(process.env["FULL"] === "1")("at the lengths of docs/results.md", () => {
  const HOURS = { timeout: 3_600_000 };
  const error = /error ([\d.]+); without memory ([\d.]+)/;

  it.each(["lstm", "gru", "irnn"])("adding problem, T = 200: %s solves it", HOURS, async (cell) => {
    const [reached, baseline] = await figures("adding", `--cell ${cell}`, error);
    expect(baseline).toBeCloseTo(1 / 6, 5);
    expect(reached).toBeLessThan(0.01);
  });

  it("adding problem, T = 200: a tanh network does not", HOURS, async () => {
    const [reached] = await figures("adding", "--cell tanh", error);
    expect(reached).toBeGreaterThan(0.15);
  });

  const loss = /loss ([\d.]+); without memory ([\d.]+)/;

  it.each(["orthogonal", "unitary"])("copy memory, T = 200: %s solves it", HOURS, async (cell) => {
    const [reached, baseline] = await figures("copy", `--cell ${cell}`, loss);
    expect(baseline).toBeCloseTo((10 * Math.log(8)) / 220, 4);
    expect(reached).toBeLessThan(baseline / 20);
  });

  it("copy memory, T = 200: an LSTM stays at the baseline", HOURS, async () => {
    const [reached, baseline] = await figures("copy", "--cell lstm", loss);
    expect(Math.abs(reached / baseline - 1)).toBeLessThan(0.05);
  });

  it.each(["lstm", "gru", "tanh"])("parity of 41 to 256 bits, learned from up to 40: %s", HOURS, async (cell) => {
    const [right] = await figures("parity", `--cell ${cell}`, /([\d.]+) % right/);
    expect(right).toBe(100);
  });

  it("aⁿbⁿcⁿ learned up to n = 40: an LSTM counts on, a tanh network does not", HOURS, async () => {
    const upTo = async (cell: string): Promise<number> =>
      (await figures("counting", `--cell ${cell}`, /every n up to (\d+) right/))[0];
    expect(await upTo("lstm")).toBeGreaterThan(55);
    expect(await upTo("tanh")).toBeLessThan(40);
  });

  const mnist = fileURLToPath(new URL("../../../shared/data/images/mnist", import.meta.url));
  it.skipIf(!fs.existsSync(mnist))("MNIST by rows, 10,000 images", HOURS, async () => {
    const [right] = await figures("row-mnist", `--data ${mnist}`, /([\d.]+) % right/);
    expect(right).toBeGreaterThanOrEqual(96.5);
  });
});

describe("a command line that cannot be meant is answered in one line", () => {
  const program = (name: string, args: readonly string[]) =>
    runNode(fileURLToPath(new URL(`../../examples/memory/${name}.mjs`, import.meta.url)), [...args]);

  it.each([
    ["adding", ["--cell", "lstn"], '"lstn" here. Known: lstm, gru, irnn, tanh'],
    ["copy", ["--delay", "-1"], '--delay must be a whole number from 0, received "-1"'],
    ["copy", ["--dely", "3"], "'--dely'. Known: --cell, --delay"],
    ["copy", ["--delay", "0"], "delay must be a whole number from 1"],
    ["row-mnist", ["--data", "nowhere"], "There is no folder nowhere"],
  ])("%s %j", LONG, async (name, args, words) => {
    const { code, out, err } = await program(name, args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  it("--help tells the options", LONG, async () => {
    const { code, out } = await program("parity", ["--help"]);
    expect(code).toBe(0);
    expect(out).toBe("Options: --cell lstm --longest 40 --hidden 32 --batch 128 --lr 0.01 --steps 2000 --seed 1\n");
  });
});
