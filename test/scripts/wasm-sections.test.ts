import { expect, test } from "vitest";
import { kernelComplaints } from "../../scripts/wasm-sections.mjs";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const section = (id: number, body: number[]): number[] => [id, body.length, ...body];
const wasm = (...sections: number[][]): Uint8Array => Uint8Array.from([...HEADER, ...sections.flat()]);

const sharedMemory = [...text("env"), ...text("memory"), 2, 3, 1, 0x80, 0x80, 4];
const abort = [...text("env"), ...text("abort"), 0, 0];

test("a module that imports its memory and nothing else passes", () => {
  expect(kernelComplaints(wasm(section(2, [1, ...sharedMemory])))).toEqual([]);
});

test("another import is named, before and after the memory", () => {
  for (const imports of [
    [...abort, ...sharedMemory],
    [...sharedMemory, ...abort],
  ]) {
    expect(kernelComplaints(wasm(section(2, [2, ...imports]))).join()).toContain("env.abort");
  }
});

test("globals and data segments are refused", () => {
  const global = section(6, [1, 0x7f, 1, 0x41, 0, 0x0b]);
  const data = section(11, [1, 0, 0x41, 0, 0x0b, 1, 42]);
  expect(kernelComplaints(wasm(global, data))).toHaveLength(2);
});
