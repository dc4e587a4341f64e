import { expect, test } from "vitest";
import { BASE64 as STRICT } from "./generated/kernels-strict.js";
import { decodeBase64 } from "./kernel-binary.js";
import { sharedBuild } from "./shared-build.js";

const shared = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
const unshared = new WebAssembly.Memory({ initial: 4 });
const names = (bytes: Uint8Array<ArrayBuffer>): string[] =>
  WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
const run = (bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Float32Array => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const floats = new Float32Array(memory.buffer);
  floats.set([1, 2, 3, 4, 5, 6, 7, 8, 9], 64);
  (exports.softmax as (...args: number[]) => void)(1024, 256, 3, 3);
  return floats.slice(256, 265);
};

test("one memory or the other, the same kernels with the same bits", () => {
  const bytes = decodeBase64(STRICT);
  const made = sharedBuild(bytes);
  expect(names(made)).toEqual(names(bytes));
  expect(() => run(bytes, shared)).toThrow(WebAssembly.LinkError);
  expect(() => run(made, unshared)).toThrow(WebAssembly.LinkError);
  const result = run(bytes, unshared);
  expect(result[0] + result[1] + result[2]).toBeCloseTo(1, 6);
  expect(run(made, shared)).toEqual(result);
});

test("modules that are no kernels are refused", () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  expect(() => sharedBuild(empty)).toThrow("env.memory");
  const other = decodeBase64(STRICT);
  other[other.indexOf(0x76)] = 0x77; // env → enw
  expect(() => sharedBuild(other)).toThrow("env.memory");
});
