import { beforeEach, describe, expect, it } from "vitest";
import { packWide, WIDE } from "../../src/stream/compile/weights.js";
import {
  SIZES,
  builds,
  expectCanaries,
  expectSame,
  floats,
  noise,
  packedSize,
  random,
  read,
  reset,
  streamKernels,
} from "./harness.js";

beforeEach(reset);

const { raw } = builds.find(({ name }) => name === "strict")!;

describe("the matrix product of streams", () => {
  it("exports nothing else", () => {
    expect(Object.keys(streamKernels)).toEqual(["gemm"]);
  });

  it("gives the bits of gemm, whatever the sizes, and touches nothing else", () => {
    const shapes = SIZES.flatMap((size) => [
      [1, size, 33],
      [1, 33, size],
      [4, size, 5],
      [size, 40, 9],
      [7, size, 31],
    ]);
    for (const [m, n, k] of shapes) {
      for (const accumulate of [0, 1]) {
        reset();
        const [lda, ldo] = [k + 2, n + 3];
        const a = noise(m * lda);
        const weight = random(n * k);
        const b = floats(weight);
        const packed = floats(new Float32Array(packedSize(n, k)));
        raw.pack!(packed, b, n, k, k, 1);
        const wide = floats(packWide(weight, n, k));
        const before = random(m * ldo);
        const [expected, out] = [floats(before), floats(before)];
        raw.gemm!(expected, ldo, a, lda, packed, m, n, k, accumulate, 0, 1);
        streamKernels.gemm!(out, ldo, a, lda, wide, m, n, k, accumulate, 0, 1);
        expectSame(read(out, m * ldo), read(expected, m * ldo), `m ${m}, n ${n}, k ${k}, accumulate ${accumulate}`);
        expectCanaries();
      }
    }
  });
});

it("packing pads with zeros and moves every weight to its column", () => {
  const [n, k] = [37, 3];
  const packed = packWide(
    Float32Array.from({ length: n * k }, (_, i) => i + 1),
    n,
    k,
  );
  expect(packed).toHaveLength(2 * WIDE * k);
  for (let p = 0; p < k; p++) {
    for (let j = 0; j < 2 * WIDE; j++) {
      const [panel, c] = [Math.floor(j / WIDE), j % WIDE];
      expect(packed[(panel * k + p) * WIDE + c]).toBe(j < n ? j * k + p + 1 : 0);
    }
  }
});
