// The batch-normalised LSTM against its equations, a whole ragged batch at a time: nothing is shared but the names.
import { describe, expect, it } from "vitest";
import { columnMean, columnNorm, defineCell, explain, planCell, type CellDefinition } from "../../cell/index.js";
import { HiddenstateError } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import { noGrad, scope, Tensor } from "../../tensor/index.js";
import { Recurrent } from "../recurrent.js";
import { batchNormLstm, lstm } from "./index.js";

type Rows = number[][];
const [I, H] = [3, 4];

const map = (rows: Rows, f: (v: number, r: number, j: number) => number): Rows =>
  rows.map((row, r) => row.map((v, j) => f(v, r, j)));
/** Every column of `rows` to mean 0 and variance 1, then by γ and β. */
function normal(rows: Rows, gain: readonly number[], bias: readonly number[]): Rows {
  const n = rows.length;
  const columns = rows[0].map((_, j) => rows.map((row) => row[j]));
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / n);
  const variance = columns.map((column, j) => column.reduce((a, b) => a + (b - mean[j]) ** 2, 0) / n);
  return map(rows, (v, _, j) => (gain[j] * (v - mean[j])) / Math.sqrt(variance[j] + 1e-5) + bias[j]);
}
const times = (W: readonly number[], x: readonly number[]): number[] =>
  Array.from({ length: W.length / x.length }, (_, j) => x.reduce((sum, v, k) => sum + W[j * x.length + k] * v, 0));
const sigma = (v: number): number => 1 / (1 + Math.exp(-v));

/** One step of the rows that are still running. */
function step(p: Readonly<Record<string, readonly number[]>>, x: Rows, h: Rows, c: Rows): { h: Rows; c: Rows } {
  const a = normal(
    x.map((row) => times(p.weight_ih, row)),
    p.gain_ih,
    p.bias,
  );
  const u = normal(
    h.map((row) => times(p.weight_hh, row)),
    p.gain_hh,
    p.bias.map(() => 0),
  );
  const gate = (r: number, j: number, k: number): number => a[r][k * H + j] + u[r][k * H + j];
  const next = map(c, (v, r, j) => sigma(gate(r, j, 1)) * v + sigma(gate(r, j, 0)) * Math.tanh(gate(r, j, 2)));
  const shown = normal(next, p.gain_c, p.bias_c);
  return { c: next, h: map(shown, (v, r, j) => sigma(gate(r, j, 3)) * Math.tanh(v)) };
}

const values = (rng: Rng, shape: number[]): Tensor =>
  Tensor.from(
    Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => 2 * rng.uniform() - 1),
    shape,
    { dtype: "f64" },
  );
const rowsOf = (t: Tensor): Rows =>
  Array.from({ length: t.shape[0] }, (_, r) => t.toArray().slice(r * t.shape[1], (r + 1) * t.shape[1]));

describe("batchNormLstm", () => {
  it("normalises over the rows that are still running", () => {
    scope(() =>
      noGrad(() => {
        const [rng, lengths] = [new Rng(3), [3, 5, 1, 4]];
        const net = new Recurrent(batchNormLstm, { inputSize: I, hiddenSize: H, dtype: "f64" }, rng);
        const own = [...net.namedParameters()];
        for (const [, parameter] of own) parameter.data().set(values(rng, [...parameter.shape]).data());
        const p = Object.fromEntries(own.map(([name, value]) => [name.replace(/_l0$/, ""), value.toArray()]));
        const [x, h0, c0] = [values(rng, [5, 4, I]), values(rng, [4, H]), values(rng, [4, H])];
        const { output, state } = net.forward(x, { lengths, state: [{ h: h0, c: c0 }] });
        const [h, c] = [rowsOf(h0), rowsOf(c0)];
        for (let t = 0; t < 5; t++) {
          const running = lengths.flatMap((length, b) => (length > t ? [b] : []));
          const pick = (rows: Rows): Rows => running.map((b) => rows[b]);
          const next = step(p, pick(rowsOf(x.select(0, t))), pick(h), pick(c));
          running.forEach((b, i) => {
            [h[b], c[b]] = [next.h[i], next.c[i]];
            output
              .select(0, t)
              .select(0, b)
              .toArray()
              .forEach((v, j) => expect(v).toBeCloseTo(h[b][j], 10));
          });
        }
        rowsOf(state[0].c).forEach((row, b) => row.forEach((v, j) => expect(v).toBeCloseTo(c[b][j], 10)));
      }),
    );
  });

  it("says that rows look at each other, and that one thread runs it", () => {
    expect([batchNormLstm.crossRow, lstm.crossRow]).toEqual([true, false]);
    expect([planCell(batchNormLstm).crossRow, planCell(lstm).crossRow]).toEqual([true, undefined]);
    expect(explain(batchNormLstm)).toMatch(/crossRow.*one thread/);
    expect(explain(batchNormLstm)).toMatch(/= mean over the rows of/);
    expect(explain(lstm)).not.toMatch(/crossRow|mean over/);
  });
});

describe("columnMean", () => {
  const cell = (step: (x: never) => never): CellDefinition =>
    defineCell({
      name: "mine",
      reference: "none",
      params: () => ({}),
      state: { h: "input" },
      step: ({ x }) => ({ h: step(x as never) }),
      output: ({ h }) => h,
    });

  it("of a mean is that mean", () => {
    const twice = cell((x) => columnMean(columnMean(x)) as never);
    expect(planCell(twice, "infer").forward.flatMap(({ columnMeans = [] }) => columnMeans)).toHaveLength(1);
  });

  it("needs units", () => {
    expect(() => cell(() => columnMean(2 as never) as never)).toThrow(HiddenstateError);
    expect(() => cell((x) => columnNorm({ a: x, b: 1 } as never) as never)).toThrow(
      /columnMean needs a value with units/,
    );
  });
});
