/* oxlint-disable typescript/no-explicit-any -- written as JavaScript would be, past the types on purpose */
import { describe, expect, it } from "vitest";
import {
  bias,
  candidate,
  defineCell,
  inputWeight,
  linear,
  recurrentWeight,
  sigmoid,
  sum,
  tanh,
  where,
  type CellSpec,
  type Expression,
} from "./index.js";

/** A cell of one state whose step is up to the test; types are checked elsewhere, here is what JavaScript meets. */
function withStep(step: (args: any) => any, rest: Partial<CellSpec<never, never, any, "h">> = {}) {
  return () =>
    defineCell({
      name: "broken",
      reference: "none",
      gates: ["i", "f", "o"],
      params: ({ input, hidden, gates }) => ({
        W: inputWeight(gates(hidden), input),
        U: recurrentWeight(hidden, hidden),
        b: bias(gates(hidden)),
      }),
      state: { h: "hidden" },
      step,
      output: ({ h }: { h: Expression }) => h,
      ...(rest as object),
    });
}

describe("a step that treats symbols as numbers", () => {
  const line = /define\.test\.ts:\d+:\d+/;

  it.each<[string, (args: any) => unknown]>([
    ["adds", ({ h }) => ({ h: h + 1 })],
    ["compares", ({ h }) => ({ h: h > 0 ? h : h.neg() })],
    ["prints", ({ h }) => ({ h: `${h}` })],
    ["calls Math", ({ h }) => ({ h: Math.abs(h) })],
  ])("%s: is told the line", (_, step) => {
    expect(withStep(step)).toThrow(expect.objectContaining({ code: "E_SYMBOL", message: expect.stringMatching(line) }));
    expect(withStep(step)).toThrow(/where\(condition, a, b\)/);
  });

  it.each<[string, string, (args: any) => unknown]>([
    ["E_WIDTH", "add needs equal widths, received hidden and input", ({ x, h }) => ({ h: h.add(x) })],
    ["E_WIDTH", "where needs equal widths, received input and hidden", ({ x, h }) => ({ h: where(x, h, 0) })],
    ["E_WIDTH", "where needs equal widths, received hidden and input", ({ x, h }) => ({ h: where(h, h, x) })],
    ["E_WIDTH", "linear with U needs equal widths, received input and hidden", ({ x, p }) => ({ h: linear(x, p.U) })],
    [
      "E_OPERAND",
      "mul needs a symbol of this cell or a finite number, received a gated value with gates i, f, o: take one, a.i",
      ({ x, h, p }) => ({ h: h.mul(linear(x, p.W)) }),
    ],
    ["E_NAME", 'a gated value with gates i, f, o has no "q"', ({ h, p }) => ({ h: h.add(p.b.q) })],
    [
      "E_OPERAND",
      "max needs a symbol of this cell or a finite number, received -Infinity",
      ({ h }) => ({ h: h.max(-Infinity) }),
    ],
    [
      "E_OPERAND",
      "add needs a symbol of this cell or a finite number, received a gated value",
      ({ h, p }) => ({ h: linear(h, p.U, p.b) }),
    ],
    [
      "E_OPERAND",
      "linear with U needs a symbol of this cell or a finite number, received a gated value",
      ({ p }) => ({ h: linear(p.b, p.U) }),
    ],
  ])("%s: %s", (code, words, step) => {
    expect(withStep(step)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`${words}.*`, "s")) }),
    );
    expect(withStep(step)).toThrow(line);
  });

  it("refuses symbols of another cell", () => {
    let stolen: Expression | undefined;
    withStep(({ h }) => ({ h: (stolen = tanh(h)) }))();
    expect(withStep(({ h }) => ({ h: h.add(stolen) }))).toThrow(/a symbol of another cell/);
  });

  it("picks only gates that lie side by side", () => {
    const pick = (...names: string[]) =>
      withStep(({ x, h, p }) => ({ h: h.add((linear(x, p.W.pick(...names)) as any).i) }));
    expect(pick("i", "f")).not.toThrow();
    for (const names of [["i", "o"], ["f", "i"], ["i", "x"], []]) {
      expect(pick(...names), names.join()).toThrow(expect.objectContaining({ code: "E_GATES" }));
    }
  });
});

describe("a definition that contradicts itself", () => {
  it.each<[string, () => unknown]>([
    ["step returned no symbol for state h", withStep(() => ({}))],
    ["step returned no symbol for state h", withStep(() => ({ h: 0 }))],
    ["step returned state h of width input, declared hidden", withStep(({ x }) => ({ h: x }))],
    ["it has no state", withStep(() => ({}), { state: {} as any })],
    ['state h has unknown width "wide"', withStep(({ h }) => ({ h }), { state: { h: "wide" as any } })],
    ["a state cannot be called x", withStep(({ h }) => ({ h, x: h }), { state: { h: "hidden", x: "hidden" } as any })],
    ["output returned no symbol", withStep(({ h }) => ({ h }), { output: () => 1 as any })],
    ['it has no gate "q"', withStep(({ h }) => ({ h }), { forgetGate: "q" as never })],
    ['it has no gate "g"', withStep(({ h }) => ({ h }), { updateGate: { gate: "g" as never, open: "keeps" } })],
    [
      "it cannot have both",
      withStep(({ h }) => ({ h }), {
        gates: ["f", "z"] as never,
        forgetGate: "f" as never,
        updateGate: { gate: "z" as never, open: "keeps" },
      }),
    ],
    ["parameter W has gates, and the cell names none", withStep(({ h }) => ({ h }), { gates: [] as any })],
  ])("%s", (words, define) => {
    expect(define).toThrow(expect.objectContaining({ code: "E_CELL", message: expect.stringContaining(words) }));
  });
});

describe("defineCell", () => {
  it("carries what other rooms must not guess", () => {
    const cell = defineCell({
      name: "carrier",
      reference: "here",
      gates: ["i", "f"],
      forgetGate: "f",
      inputGate: "i",
      dims: { memory: "hidden" },
      params: ({ input, memory, gates }) => ({
        W: inputWeight(gates(memory), input),
        b: bias(gates(memory)),
        peep: bias(gates(memory, "f")),
        beta: bias(memory, { start: -1 }),
      }),
      state: { m: "memory", k: "input" },
      step: ({ x, p, m, k }) => {
        const a = linear(x, p.W, p.b);
        return { m: sigmoid(a.f.add(p.peep.f)).mul(m).add(a.i), k: k.add(x) };
      },
      output: ({ m }) => m,
    });
    expect(cell.gates).toEqual(["i", "f"]);
    expect([cell.forgetGate, cell.inputGate, cell.updateGate]).toEqual(["f", "i", null]);
    expect(cell.params["peep"]).toEqual({ kind: "vector", role: "bias", rows: { dim: "memory", gates: ["f"] } });
    expect(cell.params["beta"]).toEqual({
      kind: "vector",
      role: "bias",
      rows: { dim: "memory", gates: null },
      start: -1,
    });
    expect(cell.states).toEqual([
      { name: "m", dim: "memory" },
      { name: "k", dim: "input" },
    ]);
    expect(cell.extraDims).toEqual({ memory: "hidden" });
    expect(cell.outputDim).toBe("memory");
    expect(cell.params["W"]).toEqual({
      kind: "matrix",
      role: "input",
      rows: { dim: "memory", gates: ["i", "f"] },
      cols: "input",
    });
    expect(cell.params["b"]?.role).toBe("bias");
  });

  it.each<[string, object, RegExp]>([
    ["an unknown width", { m: { dim: "memory", per: "step" } }, /input m has unknown width "memory"/],
    ["an unknown lifetime", { m: { dim: "hidden", per: "batch" } }, /input m is per "batch"/],
    ["the name of a state", { h: { dim: "hidden", per: "step" } }, /an input cannot be called h/],
    ["a name of step's own", { x: { dim: "hidden", per: "step" } }, /an input cannot be called x/],
  ])("refuses an input of %s", (_, inputs, message) => {
    expect(withStep(({ h }) => ({ h }), { inputs } as object)).toThrow(message);
  });

  it("refuses a candidate without units, naming the line", () => {
    const asks = withStep(({ h }) => ({ h: h.mul(candidate(sum(h))) }));
    expect(asks).toThrow(expect.objectContaining({ code: "E_OPERAND" }));
    expect(asks).toThrow(/candidate needs a value with units.*define\.test\.ts:\d+:\d+/s);
  });

  it("runs step once and writes equal values down once", () => {
    let runs = 0;
    const cell = defineCell({
      name: "twice",
      reference: "here",
      params: ({ input, hidden }) => ({ W: inputWeight(hidden, input) }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => {
        runs++;
        return {
          h: tanh(linear(x, p.W))
            .mul(tanh(linear(x, p.W)))
            .add(h),
        };
      },
      output: ({ h }) => h,
    });
    expect(runs).toBe(1);
    const kinds = cell.trace.graph.nodes.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "linear")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "unary")).toHaveLength(1);
  });
});
