import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  blobFile,
  bucketedBatches,
  collect,
  memoryFile,
  readLines,
  splitByHash,
  splitByShare,
  splitEvery,
} from "./index.js";

const words = (lengths: readonly number[]): string[] =>
  lengths.map((n, i) =>
    String(i)
      .padEnd(n + 4, "x")
      .slice(0, n + 4),
  );
const length = (word: string): number => word.length;

describe("bucketedBatches", () => {
  test("by hand: sorted by length, equals as they stand", () => {
    const batches = bucketedBatches(["a", "bb", "c", "dd", "e"], { batch: 2, length, shuffle: false });
    expect([0, 1, 2].map((i) => batches.batch(7, i))).toEqual([["a", "c"], ["e", "bb"], ["dd"]]);
    expect(batches.count(3)).toBe(3);
  });

  test("every epoch has every example once, within its bounds, and the same for the same seed", () => {
    const sizes = fc.record({
      lengths: fc.array(fc.nat(30), { maxLength: 200 }),
      batch: fc.integer({ min: 1, max: 20 }),
      tokens: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
      epoch: fc.nat(3),
    });
    fc.assert(
      fc.property(sizes, ({ lengths, batch, tokens, epoch }) => {
        const examples = words(lengths);
        const make = () => bucketedBatches(examples, { batch, tokens, length, seed: 5 });
        const [one, two] = [make(), make()];
        const all = Array.from({ length: one.count(epoch) }, (_, i) => one.batch(epoch, i));
        expect(all.flat().sort()).toEqual([...examples].sort());
        for (const [i, rows] of all.entries()) {
          expect(rows.length).toBeGreaterThan(0);
          expect(rows.length).toBeLessThanOrEqual(batch);
          if (tokens !== undefined && rows.length > 1) {
            expect(rows.length * Math.max(...rows.map(length))).toBeLessThanOrEqual(tokens);
          }
          expect(two.batch(epoch, i)).toEqual(rows);
        }
      }),
    );
  });

  test("epochs and seeds differ, padding is little", () => {
    const examples = words(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 60));
    const order = (seed: number, epoch: number) => {
      const batches = bucketedBatches(examples, { batch: 32, length, seed });
      return Array.from({ length: batches.count(epoch) }, (_, i) => batches.batch(epoch, i));
    };
    const first = order(1, 0);
    expect(order(1, 1)).not.toEqual(first);
    expect(order(2, 0)).not.toEqual(first);
    const real = examples.reduce((sum, word) => sum + word.length, 0);
    const padded = first.reduce((sum, rows) => sum + rows.length * Math.max(...rows.map(length)), 0);
    expect(padded / real).toBeLessThan(1.1);
    // Batches do not come by length.
    const widths = first.map((rows) => rows[0].length);
    expect(widths.slice(1).filter((width, i) => width < widths[i]).length).toBeGreaterThan(20);
  });

  test("senseless sizes and lengths are refused", () => {
    expect(() => bucketedBatches(["a"], { length })).toThrow("nothing bounds a batch");
    expect(() => bucketedBatches(["a"], { length, batch: 0 })).toThrow("batch must be a positive integer");
    expect(() => bucketedBatches(["a"], { length, tokens: 1.5 })).toThrow("tokens must be");
    expect(() => bucketedBatches(["a", "b"], { batch: 1, length: () => Number.NaN })).toThrow("length of example 0");
    const batches = bucketedBatches(["a"], { batch: 1, length });
    expect(() => batches.batch(0, 1)).toThrow("index must be from 0 to below 1");
    expect(() => batches.count(-1)).toThrow("epoch");
    expect(bucketedBatches([], { batch: 1, length }).count(0)).toBe(0);
  });
});

describe("splits", () => {
  const items = Array.from({ length: 20_000 }, (_, i) => `item ${i}`);

  test("by share: so many, in order, another seed holds back others", () => {
    const one = splitByShare(items, 0.1);
    expect([one.train.length, one.held.length]).toEqual([18_000, 2_000]);
    expect([...one.train, ...one.held].sort()).toEqual([...items].sort());
    const place = new Map(items.map((item, i) => [item, i]));
    const order = one.held.map((item) => place.get(item)!);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(splitByShare(items, 0.1)).toEqual(one);
    expect(splitByShare(items, 0.1, 2).held).not.toEqual(one.held);
    expect(splitByShare(items, 0.1, null).held).toEqual(items.slice(-2_000));
    expect(splitByShare(items, 0).held).toEqual([]);
    expect(() => splitByShare(items, 1)).toThrow("share must be");
  });

  test("every n-th", () => {
    expect(splitEvery(items.slice(0, 21), 10).held).toEqual(["item 9", "item 19"]);
    expect(splitEvery(["a", "b", "c"], 2, 0)).toEqual({ train: ["b"], held: ["a", "c"] });
    expect(() => splitEvery(items, 1)).toThrow("n must be");
    expect(() => splitEvery(items, 3, 3)).toThrow("from 0 to 2");
  });

  test("by hash: about so many, whoever else is there", () => {
    const key = (item: string) => item;
    const { held, train } = splitByHash(items, 0.2, key);
    expect(held.length / items.length).toBeCloseTo(0.2, 1.5);
    expect(splitByHash(items.slice(0, 100), 0.2, key).held).toEqual(held.filter((item) => items.indexOf(item) < 100));
    expect(splitByHash(train, 0.2, key).held).toEqual([]);
  });
});

test("a file in memory can be read again and again", async () => {
  const file = memoryFile("a", "grüß");
  for (let i = 0; i < 2; i++) {
    const parts: Uint8Array[] = [];
    for await (const part of file.open()) parts.push(part);
    expect(new TextDecoder().decode(parts[0])).toBe("grüß");
  }
});

test("a file that somebody chose is read in pieces, and given up when the reader stops", async () => {
  const text = "line\n".repeat(200_000);
  const file = blobFile(new File([text], "chosen.txt"));
  expect(file.name).toBe("chosen.txt");
  expect((await collect(readLines(file))).length).toBe(200_000);
  for await (const { text: first } of readLines(blobFile(new Blob([text])))) {
    expect(first).toBe("line");
    break;
  }
});
