import { expect, test } from "vitest";
import { readIdx } from "./idx.js";

const file = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

test("an array keeps its shape and order", () => {
  const images = file(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);
  expect(readIdx(images)).toEqual({ shape: [1, 2, 3], data: file(1, 2, 3, 4, 5, 255) });
  expect(readIdx(file(0, 0, 8, 1, 0, 0, 1, 0, ...Array.from({ length: 256 }, () => 7))).shape).toEqual([256]);
});

test("bytes that lie inside a larger buffer are read from their own start", () => {
  expect(readIdx(file(9, 9, 0, 0, 8, 1, 0, 0, 0, 2, 5, 6, 9).subarray(2, 12)).data).toEqual(file(5, 6));
});

test.each([
  ["a gzip file", file(0x1f, 0x8b, 8, 0, 0)],
  ["something else", file(1, 0, 8, 1, 0, 0, 0, 0)],
  ["something else", file(0, 0, 8)],
  ["type 13", file(0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0)],
  ["4 bytes", file(0, 0, 8, 0)],
  ["7 bytes", file(0, 0, 8, 1, 0, 0, 0)],
  ["received 1", file(0, 0, 8, 1, 0, 0, 0, 2, 5)],
  ["received 3", file(0, 0, 8, 1, 0, 0, 0, 2, 5, 6, 7)],
])("refuses %s", (words, bytes) => {
  expect(() => readIdx(bytes)).toThrow(
    expect.objectContaining({ code: "E_IDX", message: expect.stringContaining(words) }),
  );
});
