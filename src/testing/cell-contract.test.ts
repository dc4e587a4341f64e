/* oxlint-disable typescript/no-explicit-any -- written as JavaScript would be, past the types on purpose */
// The contract must be able to fail: each promise is broken on purpose, and the right check has to say so.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  bias,
  defineCell,
  inputWeight,
  linear,
  recurrentWeight,
  sigmoid,
  tanh,
  type CellDefinition,
} from "../cell/index.js";
import { UNARY_RULES } from "../cell/rules.js";
import { Module } from "../nn/index.js";
import { runtime, startSync, type Kernels } from "../runtime/index.js";
import { cellContract } from "./index.js";

/** A cell of its own for every test: plans are made once per definition. */
const plain = (): CellDefinition =>
  defineCell({
    name: "plain",
    reference: "none",
    gates: ["z", "n"],
    params: ({ input, hidden, gates }) => ({
      W: inputWeight(gates(hidden), input),
      U: recurrentWeight(gates(hidden), hidden),
      b: bias(gates(hidden)),
    }),
    state: { h: "hidden" },
    step: ({ x, p, h }) => {
      const [a, u] = [linear(x, p.W, p.b), linear(h, p.U)];
      const z = sigmoid(a.z.add(u.z));
      return { h: h.add(z.mul(tanh(a.n.add(u.n)).sub(h))) };
    },
    output: ({ h }) => h,
  });

/** Names of the checks that fail, without those of one dtype where both do. */
function broken(cell = plain()): string[] {
  const names = cellContract(cell).flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch (error) {
      expect((error as { code?: string }).code, String(error)).toBe("E_CONTRACT");
      return [name.replace(/ \(f(32|64)\)$/, "")];
    }
  });
  return [...new Set(names)];
}

let restore: (() => void)[] = [];
afterEach(() => {
  for (const undo of restore) undo();
  restore = [];
});

/** Replace members of an object for the rest of a test. */
function sabotage<T extends object>(target: T, change: (original: T) => Partial<T>): void {
  const original = { ...target };
  Object.assign(target, change(original));
  restore.push(() => Object.assign(target, original));
}

const both = (change: (kernels: Kernels, bytes: number) => Partial<Kernels>): void => {
  for (const dtype of ["f32", "f64"] as const) sabotage(runtime().kernels(dtype), (k) => change(k, k.bytes));
};

// Interpreted, so that the kernel table is all there is to sabotage.
beforeAll(() => void startSync({ wasm: false }));

describe("cellContract", () => {
  it("passes a sound cell, with a name for every check", () => {
    expect(broken()).toEqual([]);
    const names = cellContract(plain()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(20);
    expect(cellContract(plain(), { full: true }).map(({ name }) => name)).toEqual(names);
  });

  it("sees a wrong derivative", () => {
    sabotage(UNARY_RULES as any, ({ tanh: right }) => ({
      tanh: (g: any, d: any, a: any, y: any) => g.binary("mul", g.constant(1.001), right(g, d, a, y)),
    }));
    const found = broken();
    expect(found).toContain("gradients = finite differences, element by element");
    expect(found).toContain("gradients = finite differences, along directions");
    expect(found).toContain("plan = equations");
  });

  it("sees a product whose bits depend on the number of rows", () => {
    both(({ gemm }) => ({
      gemm: (out, ldo, a, lda, packed, m, n, k, accumulate) => {
        gemm(out, ldo, a, lda, packed, m, n, k, accumulate);
        if (m < 4) return;
        const { heap } = runtime();
        heap.u8(out, 1)[0] ^= 1;
      },
    }));
    expect(broken()).toEqual(expect.arrayContaining(["each row = the row alone", "order of rows is irrelevant"]));
  });

  it("sees rows that are dealt out wrongly", () => {
    both(({ gatherRows, scatterAddRows }) => ({
      gatherRows: (out, x, index, rows, cols) => {
        gatherRows(out, x, index, rows, cols);
        // The last row of a gather goes astray: outputs after an end, turned sequences, sorted states.
        const { heap } = runtime();
        if (rows > 1 && cols > 0) heap.u8(out + rows * cols * 4 - 1, 1)[0] ^= 64;
      },
      scatterAddRows,
    }));
    expect(broken()).toEqual(
      expect.arrayContaining([
        "each row = the row alone",
        "masked reverse = reverse of the row",
        "empty rows keep their state",
      ]),
    );
  });

  it("sees a wrong gradient of a weight", () => {
    both(({ gemmTN }, bytes) => ({
      gemmTN: (out, a, lda, b, ldb, map, rows, m, n, accumulate) => {
        gemmTN(out, a, lda, b, ldb, map, rows, m, n, accumulate);
        const { heap } = runtime();
        const view = bytes === 4 ? heap.f32(out, 1) : heap.f64(out, 1);
        view[0] *= 1.001;
      },
    }));
    expect(broken()).toEqual([
      "gradients = finite differences, element by element",
      "gradients = finite differences, along directions",
      "second derivatives = finite differences of gradients, symmetric",
    ]);
  });

  it("sees padding that is read", () => {
    both(({ gatherRows }, bytes) => ({
      gatherRows: (out, x, index, rows, cols) => {
        gatherRows(out, x, index, rows, cols);
        if (rows === 0 || cols === 0) return;
        // The row after the last one that is asked for, times nothing: harmless, unless it is not a number.
        const { heap } = runtime();
        const after = x + (Math.max(...heap.i32(index, rows)) + 1) * cols * bytes;
        const [to, from] =
          bytes === 4 ? [heap.f32(out, 1), heap.f32(after, 1)] : [heap.f64(out, 1), heap.f64(after, 1)];
        to[0] += from[0] - from[0];
      },
    }));
    expect(broken()).toEqual(expect.arrayContaining(["padding is irrelevant"]));
  });

  it("sees float32 that is not float64", () => {
    sabotage(runtime().kernels("f32"), ({ gemm }) => ({
      gemm: (out, ldo, a, lda, packed, m, n, k, accumulate) => {
        gemm(out, ldo, a, lda, packed, m, n, k, accumulate);
        for (let i = 0; i < m; i++) runtime().heap.f32(out + 4 * i * ldo, 1)[0] *= 1.001;
      },
    }));
    expect(broken()).toEqual(["float32 = float64"]);
  });

  it("sees weights that do not travel", () => {
    const { loadStateDict } = Module.prototype;
    sabotage(Module.prototype as any, () => ({
      loadStateDict(this: Module, values: Record<string, number[]>) {
        const [first, ...rest] = Object.keys(values);
        return loadStateDict.call(this, { ...values, [first]: rest.length > 0 ? values[first].map(() => 0.1) : [] });
      },
    }));
    restore.push(() => void (Module.prototype.loadStateDict = loadStateDict));
    expect(broken()).toEqual(expect.arrayContaining(["state dict travels"]));
  });

  it("sees a cell that remembers more than its state", () => {
    // The packed weights change a little with every packing: a window is no longer the same computation as the whole.
    both(({ pack }, bytes) => {
      let packs = 0;
      return {
        pack: (dst, src, n, k, strideN, strideK) => {
          pack(dst, src, n, k, strideN, strideK);
          const { heap } = runtime();
          const view = bytes === 4 ? heap.f32(dst, 1) : heap.f64(dst, 1);
          view[0] += 1e-3 * packs++;
        },
      };
    });
    expect(broken()).toEqual(expect.arrayContaining(["steps = sequence", "split and resumed = whole"]));
  });

  it("says where and by how much", () => {
    sabotage(runtime().kernels("f32"), ({ gemm }) => ({
      gemm: (out, ldo, a, lda, packed, m, n, k, accumulate) => {
        gemm(out, ldo, a, lda, packed, m, n, k, accumulate);
        if (m > 1) runtime().heap.f32(out, 1)[0] += 1;
      },
    }));
    const check = cellContract(plain()).find(({ name }) => name === "each row = the row alone (f32)")!;
    expect(check.run).toThrow(
      /^cellContract\("plain"\): each row = the row alone \(f32, T 5, B 5, I 3, H 7, layers 2, bidirectional, lengths 3 0 5 1 4\): output of row \d\[\d, 0, \d+\] is -?[\d.e-]+, expected exactly -?[\d.e-]+\.$/,
    );
  });
});
