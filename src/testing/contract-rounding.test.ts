// A difference that rounding explains is none; a wrong product stays one, in the same cells and sizes.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { defineCell, inputWeight, linear, tanh } from "../cell/index.js";
import { batchNormLstm, layerNormLstm, layerNormLstmPerGate, lstm } from "../nn/index.js";
import { runtime, startSync } from "../runtime/index.js";
import { makeBatch, makeNetwork, runCase, type CaseSizes } from "./contract-case.js";
import { Judge } from "./contract-judge.js";
import { distance } from "./contract-numbers.js";
import { machinesAgreeOn, resultsOf, roundedCell } from "./contract-rounding.js";

beforeAll(() => void startSync({ wasm: false }));

let restore = (): void => {};
afterEach(() => restore());

/** Float32 products that are off by this share in their first column. */
function wrongBy(share: number): void {
  const kernels = runtime().kernels("f32");
  const right = kernels.gemm;
  kernels.gemm = (out, ldo, a, lda, packed, m, n, k, accumulate) => {
    right(out, ldo, a, lda, packed, m, n, k, accumulate);
    for (let i = 0; i < m; i++) runtime().heap.f32(out + 4 * i * ldo, 1)[0] *= 1 + share;
  };
  restore = () => void (kernels.gemm = right);
}

const CASES = [
  // What these cells do to rounding: one unit, three units, and two rows.
  { cell: layerNormLstm, sizes: { T: 3, B: 1, I: 2, H: 1 } },
  { cell: layerNormLstmPerGate, sizes: { T: 5, B: 9, I: 4, H: 3 } },
  { cell: batchNormLstm, sizes: { T: 5, B: 2, I: 5, H: 2, layers: 2 } },
] as const;

function compare(cell: (typeof CASES)[number]["cell"], sizes: CaseSizes, tolerance: number): void {
  const compared = {
    cell,
    network: (each: typeof cell, dtype: "f32" | "f64") => makeNetwork(each, sizes, dtype),
    batch: (net: Parameters<typeof makeBatch>[0]) => makeBatch(net, sizes),
    run: runCase,
  };
  machinesAgreeOn(new Judge(cell.name, "machines"), compared, tolerance);
}

describe.each(CASES)("$cell.name, $sizes", ({ cell, sizes }) => {
  it("may differ as much as rounding does", () => compare(cell, sizes, 1e-7));

  it("may not differ by more", () => {
    wrongBy(0.02);
    expect(() => compare(cell, sizes, 1e-7)).toThrow(/which rounding changes by .* is off by .* allowed/);
  });
});

it("equations of which float32 knows nothing fail, and say so first", () => {
  // (a + 1) − 1 − a is what rounding leaves, and a step is made of it.
  const cell = defineCell({
    name: "hopeless",
    reference: "none",
    params: ({ input, hidden }) => ({ W: inputWeight(hidden, input) }),
    state: { h: "hidden" },
    step: ({ x, p }) => {
      const a = linear(x, p.W);
      return { h: tanh(a.add(1).sub(1).sub(a).mul(1e12)) };
    },
    output: ({ h }) => h,
  });
  const sizes = { T: 2, B: 3, I: 2, H: 3 };
  const told: string[] = [];
  const compared = {
    cell,
    network: (each: typeof cell, dtype: "f32" | "f64") => makeNetwork(each, sizes, dtype),
    batch: (net: Parameters<typeof makeBatch>[0]) => makeBatch(net, sizes),
    run: runCase,
    hopeless: (name: string) => void told.push(name),
  };
  expect(() => machinesAgreeOn(new Judge("hopeless", "machines"), compared, 5e-5)).toThrow(/output .* allowed 0.005/);
  expect(told).toEqual(["output"]);
});

it("a cell whose values are rounded is the same cell but for the last digits of float32", () => {
  const sizes = { T: 4, B: 3, I: 2, H: 5 };
  const plain = makeNetwork(lstm, sizes, "f64");
  const { inputs: _, ...batch } = makeBatch(plain, sizes);
  const outputs = [1, 2].map((seed) => {
    const net = makeNetwork(roundedCell(lstm, seed), sizes, "f64");
    const inputs = makeBatch(net, sizes).inputs.map((record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 1 + 1e-7) }]),
      ),
    );
    return runCase(net, { ...batch, inputs }).output;
  });
  const expected = runCase(plain, { ...batch, inputs: [{}] }).output;
  for (const output of outputs) {
    expect(distance(output, expected)).toBeGreaterThan(1e-8);
    expect(distance(output, expected)).toBeLessThan(1e-5);
  }
  expect(resultsOf(runCase(plain, { ...batch, inputs: [{}] })).map(([name]) => name)).toContain(
    "gradient of weight_hh_l0",
  );
});
