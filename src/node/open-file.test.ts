import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collect, readLines } from "../data/index.js";
import { dataFiles, openFile } from "./index.js";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}
const lines = async (file: string): Promise<string[]> =>
  (await collect(readLines(openFile(file)))).map(({ text }) => text);

test("a file is read in pieces, and again", async () => {
  const text = "grüß dich\n".repeat(100_000);
  const file = openFile(write("a.txt", text));
  for (let i = 0; i < 2; i++) {
    const sizes: number[] = [];
    for await (const piece of file.open()) sizes.push(piece.length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.reduce((a, b) => a + b)).toBe(Buffer.byteLength(text));
  }
  expect((await lines(file.name)).length).toBe(100_000);
  expect(await lines(write("b", "x"))).toEqual(["x"]);
  expect(await lines(write("c", ""))).toEqual([]);
});

test("gzip is unpacked, whatever it is called, several members too", async () => {
  const packed = Buffer.concat([gzipSync("one\n"), gzipSync("two\n".repeat(200_000))]);
  expect(await lines(write("a.gz", packed))).toHaveLength(200_001);
  expect(await lines(write("a.txt", packed))).toHaveLength(200_001);
  expect(await lines(write("b.gz", "not gzip"))).toEqual(["not gzip"]);
  await expect(lines(write("c.gz", packed.subarray(0, 100)))).rejects.toThrow(
    'c.gz" cannot be decompressed: unexpected end',
  );
});

test.skipIf(!fs.existsSync("/proc/self/fd"))("a reader that stops early closes the file", async () => {
  const file = write("a.txt", "x\n".repeat(1_000_000));
  const before = fs.readdirSync("/proc/self/fd").length;
  for (let i = 0; i < 20; i++) for await (const _ of readLines(openFile(file))) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(fs.readdirSync("/proc/self/fd").length).toBeLessThan(before + 10);
});

test("missing or refused is an error that names it", async () => {
  await expect(lines(path.join(folder, "none"))).rejects.toThrow("there is no file or folder");
  await expect(lines(path.join(write("a", "x"), "b"))).rejects.toThrow("there is no file or folder");
  await expect(lines(folder)).rejects.toThrow("cannot be read: EISDIR");
});

test("files of a folder, sorted", async () => {
  write("b.txt", "2");
  write("a.gz", gzipSync("1"));
  const { files, folder: found } = dataFiles([folder]);
  expect(found).toBe(folder);
  expect(files.map(({ name }) => path.basename(name))).toEqual(["a.gz", "b.txt"]);
  expect(await collect(readLines(files[0]))).toEqual([{ text: "1", line: 1 }]);
});
