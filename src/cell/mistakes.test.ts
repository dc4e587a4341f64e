/* oxlint-disable typescript/no-explicit-any -- written as JavaScript would be, past the types on purpose */
/** What a step or a definition that asks for something impossible is told: the letter, the line, and what there is instead. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Tensor } from "../tensor/index.js";
import * as language from "./index.js";

// As in JavaScript, where nothing keeps a word from being called with anything.
const { abs, candidate, clip, columnNorm, delay, dotScores, eachGate, hardSigmoid, layerNorm, leakyRelu } =
  language as any;
const { linear, mix, relu, rmsNorm, sigmoid, sign, softmax, softplus, stopGradient, sum, tanh, where } =
  language as any;
const { bias, defineCell, gain, inputWeight, recurrentWeight } = language as any;

const SPEC = {
  name: "broken",
  reference: "none",
  gates: ["i", "f", "o"],
  params: ({ input, hidden, gates }: any) => ({
    W: inputWeight(gates(hidden), input),
    V: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
    b: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  memory: { m: "hidden" },
  step: ({ h }: any) => ({ h: tanh(h) }) as any,
  output: ({ h }: any) => h,
};

const define = (change: object): any => defineCell({ ...SPEC, ...change });
const traced = (step: (args: any) => unknown): any => define({ step });

/** The error that `run` throws, which is a letter with the line of this file. */
function letter(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error: any) {
    expect(error.name, error.stack).toBe("HiddenstateError");
    expect(error.message).toMatch(/mistakes\.test\.ts:\d+:\d+/);
    return error;
  }
  throw new Error("accepted");
}

const OFFER = "where(condition, a, b)";

describe("a branch on a comparison", () => {
  it.each<[string, (args: any) => unknown]>([
    ["?:", ({ h }) => ({ h: h.greater(0) ? h : h.mul(0.1) })],
    ["?: on what comes of two", ({ h, x }) => ({ h: h.greater(0).mul(sum(x).greaterEqual(1)) ? h : h.mul(0.1) })],
    [
      "if",
      ({ h }) => {
        if (h.greater(0)) return { h: h.mul(0.1) };
        return { h };
      },
    ],
    ["!", ({ h }) => ({ h: !h.greater(0) ? h : tanh(h) })],
    ["&&", ({ h }) => ({ h: h.greater(0) && tanh(h) })],
    [
      "while",
      ({ h }) => {
        let q = h;
        while (q.greater(0)) q = q.sub(1);
        return { h: q };
      },
    ],
    ["===", ({ h }) => ({ h: h.greater(0) === 1 ? h : tanh(h) })],
    ["in an earlier value", ({ h }) => ({ h: delay(h, 1).greaterEqual(0) ? tanh(h) : h })],
  ])("%s", (_, step) => {
    const { code, message } = letter(() => traced(step));
    expect(code).toBe("E_SYMBOL");
    expect(message).toContain("nothing reads the comparison");
    expect(message).toContain(OFFER);
  });

  it("in output", () => {
    expect(letter(() => define({ output: ({ h }: any) => (h.greater(0) ? h : tanh(h)) })).code).toBe("E_SYMBOL");
  });

  it("names the line where the comparison was made", () => {
    let line = "";
    const { message } = letter(() =>
      traced(({ h }) => {
        const open = h.greater(0);
        line = `mistakes.test.ts:${Number(/mistakes\.test\.ts:(\d+)/.exec(new Error("here").stack!)![1]) - 1}:`;
        return { h: open ? h : tanh(h) };
      }),
    );
    expect(message).toContain(line);
  });

  it.each<[string, (args: any) => unknown]>([
    ["where", ({ h }) => ({ h: where(h.greater(0), h, h.mul(0.1)) })],
    ["where of two that are the same", ({ h }) => ({ h: where(h.greater(0), h, h) })],
    ["a slope of 1", ({ h }) => ({ h: leakyRelu(h, 1) })],
    ["a mask times 0", ({ h }) => ({ h: h.add(h.greater(0).mul(h.greater(1)).mul(0)) })],
    ["a state", ({ h }) => ({ h: h.greater(0) })],
    ["an earlier value of one", ({ h }) => ({ h: delay(h.greater(0), 2) })],
    ["what is returned beside the states", ({ h }) => ({ h, open: h.greater(0) })],
    ["signs", ({ h }) => ({ h: sign(h) })],
  ])("is none in %s", (_, step) => expect(() => traced(step)).not.toThrow());
});

describe("a step", () => {
  it.each<[string, string, (args: any) => unknown]>([
    // A gated value, a number or something else for a symbol.
    [
      "E_OPERAND",
      "sigmoid needs a symbol, received a gated value with gates i, f, o: take one, a.i",
      ({ x, p }) => ({ h: sigmoid(linear(x, p.W)) }),
    ],
    ["E_OPERAND", "tanh needs a symbol, received 3", () => ({ h: tanh(3) })],
    ["E_OPERAND", "tanh needs a symbol, received undefined", () => ({ h: tanh() })],
    ["E_OPERAND", "relu needs a symbol, received a Tensor", () => ({ h: relu(Tensor.zeros([2])) })],
    ["E_OPERAND", "abs needs a symbol, received the matrix U", ({ p }) => ({ h: abs(p.U) })],
    [
      "E_OPERAND",
      "add needs a symbol of this cell or a finite number, received the matrix U",
      ({ h, p }) => ({ h: h.add(p.U) }),
    ],
    [
      "E_OPERAND",
      "mul needs a symbol of this cell or a finite number, received an array",
      ({ h }) => ({ h: h.mul([1]) }),
    ],
    ["E_OPERAND", 'sub needs a symbol of this cell or a finite number, received "1"', ({ h }) => ({ h: h.sub("1") })],
    [
      "E_OPERAND",
      "div needs a symbol of this cell or a finite number, received a function",
      ({ h }) => ({ h: h.div(tanh) }),
    ],
    ["E_OPERAND", "softplus needs a symbol, received null", () => ({ h: softplus(null) })],
    ["E_OPERAND", "stopGradient needs a symbol, received 1", () => ({ h: stopGradient(1) })],
    ["E_OPERAND", "candidate needs a value with units", () => ({ h: candidate(1) })],
    ["E_OPERAND", "eachGate needs a value with units, or one value per gate", ({ h }) => ({ h: eachGate(h, tanh) })],
    ["E_OPERAND", "needs a value with units, or one value per gate", () => ({ h: rmsNorm(undefined) })],
    ["E_OPERAND", "needs a value with units, or one value per gate", () => ({ h: softmax(3) })],
    ["E_OPERAND", "a symbol as condition, received true, at", ({ h }) => ({ h: where(true, h, 1) })],
    ["E_OPERAND", "h.greater(0)", ({ h }) => ({ h: where(h === 0, h, 1) })],
    // linear.
    ["E_OPERAND", "linear needs a matrix of the cell, received a symbol", ({ x, h }) => ({ h: linear(x, h) })],
    ["E_OPERAND", 'linear needs a matrix of the cell, received "W"', ({ x }) => ({ h: linear(x, "W") })],
    ["E_OPERAND", "Known: p.W, p.V, p.U.", ({ x }) => ({ h: linear(x) })],
    ["E_OPERAND", "a bias with gates i, f, o, received a symbol", ({ x, h, p }) => ({ h: linear(x, p.W, h).i })],
    ["E_OPERAND", "linear with U needs a symbol", ({ p }) => ({ h: linear(p.W, p.U) })],
    ["E_OPERAND", "mix needs a memory of this cell, received a symbol", ({ h }) => ({ h: mix(h, h, h) })],
    ["E_OPERAND", "received the matrix U", ({ h, p }) => ({ h: dotScores(h, p.U, h) })],
    // Names that there are not.
    [
      "E_NAME",
      'p, the parameters, has no "w". Did you mean "W"? Known: W, V, U, b.',
      ({ x, p }) => ({ h: linear(x, p.w) }),
    ],
    ["E_NAME", 'state has no "hh". Did you mean "h"?', ({ state }) => ({ h: state.hh })],
    ["E_NAME", 'what step receives has no "c"', ({ c }) => ({ h: c })],
    [
      "E_NAME",
      'a symbol has no "i"; it is one value, and only a weight onto gates gives one for each',
      ({ x, p }) => {
        const { i } = linear(x, p.V);
        return { h: sigmoid(i) };
      },
    ],
    [
      "E_NAME",
      'with gates i, f, o has no "add"; take a gate first: a.i',
      ({ x, h, p }) => ({ h: linear(x, p.W).add(h) }),
    ],
    ["E_NAME", 'has no "I"; take a gate first: a.i. Did you mean "i"?', ({ x, p }) => ({ h: linear(x, p.W).I })],
    ["E_NAME", 'has no "q"', ({ h, p }) => ({ h: h.add(layerNorm(p.b).q) })],
    ["E_NAME", 'has no "tanh"; tanh is a function: tanh(value)', ({ h }) => ({ h: h.tanh() })],
    ["E_NAME", "sum is a function: sum(value)", ({ h }) => ({ h: h.sum() })],
    ["E_NAME", "a² is a.mul(a)", ({ h }) => ({ h: h.pow(2) })],
    ["E_NAME", "a > b is a.greater(b)", ({ h }) => ({ h: h.gt(0) })],
    ["E_NAME", "a < b is b.greater(a)", ({ h }) => ({ h: h.less(0) })],
    ["E_NAME", "a width has a name", ({ h }) => ({ h: h.slice(0, 1) })],
    ["E_NAME", "a weight for each part", ({ x, h }) => ({ h: h.concat(x) })],
    ["E_NAME", "there are no numbers yet", ({ h }) => ({ h: h.item() })],
    ["E_NAME", 'Did you mean "greater"?', ({ h }) => ({ h: h.greate(0) })],
    [
      "E_NAME",
      "Known: add, sub, mul, div, max, min, greater, greaterEqual, reciprocal, neg.",
      ({ h }) => ({ h: h.wobble() }),
    ],
    [
      "E_NAME",
      'the matrix U has no "matmul"; a matrix product is linear(value, p.W)',
      ({ h, p }) => ({ h: p.U.matmul(h) }),
    ],
    ["E_NAME", 'the memory m has no "rows"; dotScores, additiveScores and mix read it', ({ m }) => ({ h: m.rows })],
    ["E_GATES", "expected gates that lie side by side in [i, f, o]", ({ x, p }) => ({ h: linear(x, p.W.pick("q")).q })],
    // Used as numbers.
    ["E_SYMBOL", OFFER, ({ h }) => ({ h: Math.max(...h) })],
    [
      "E_SYMBOL",
      OFFER,
      ({ h }) => {
        for (const q of h) return { h: q };
        return { h };
      },
    ],
    ["E_SYMBOL", OFFER, ({ x, p }) => ({ h: linear(x, p.W) + 1 })],
    ["E_SYMBOL", OFFER, ({ h, p }) => ({ h: p.U * h })],
    // Words with options.
    [
      "E_VALUE",
      'definition cannot be "keras". Did you mean "keras3"? Known: keras3, keras2, onnx.',
      ({ h }) => ({ h: hardSigmoid(h, "keras") }),
    ],
    ["E_VALUE", "high must be at least low, 1, received -1", ({ h }) => ({ h: clip(h, 1, -1) })],
    ["E_VALUE", "clip: low must be a number, received undefined", ({ h }) => ({ h: clip(h) })],
    ["E_NUMBER", "layerNorm: eps must be a number ≥ 0, received -1", ({ h }) => ({ h: layerNorm(h, { eps: -1 }) })],
    ["E_NUMBER", "columnNorm: eps must be a number ≥ 0, received NaN", ({ h }) => ({ h: columnNorm(h, { eps: NaN }) })],
    ["E_NUMBER", "a whole number of steps from 1 to 10,000", ({ h }) => ({ h: delay(h, 1e9) })],
    ["E_GATES", "this matrix has no gates", ({ h, p }) => ({ h: linear(h, p.U.pick("i")).i })],
    ["E_VALUE", "eachGate: its second argument must be a function", ({ x, p }) => ({ h: eachGate(linear(x, p.W)).i })],
    [
      "E_OPTION",
      'layerNorm: there is no option "gian". Did you mean "gain"?',
      ({ h }) => ({ h: layerNorm(h, { gian: h }) }),
    ],
    ["E_OPTION", 'rmsNorm: there is no option "epsilon"', ({ h }) => ({ h: rmsNorm(h, { epsilon: 1 }) })],
    ["E_OPTION", "columnNorm", ({ h }) => ({ h: columnNorm(h, { bais: h }) })],
    // What it returns.
    ["E_CELL", "step must return a record of the next states, { h }; it returned undefined", () => undefined],
    ["E_CELL", "it returned a symbol", ({ h }) => tanh(h)],
    ["E_CELL", "step returned no symbol for state h; it returned { c }", ({ h }) => ({ c: h })],
    ["E_CELL", "step returned no symbol for state h; it returned 0", () => ({ h: 0 })],
    ["E_CELL", "it returned a gated value with gates i, f, o", ({ x, p }) => ({ h: linear(x, p.W) })],
    [
      "E_CELL",
      "step must return a record of the next states, { h }; it returned a promise: it runs once and has nothing to wait for, so leave async and await out.",
      async ({ h }) => ({ h }),
    ],
    ["E_CELL", "step returned no symbol for state h; it returned a promise", ({ h }) => ({ h: Promise.resolve(h) })],
  ])("%s: %s", (code, offer, step) => {
    const error = letter(() => traced(step));
    expect(error.message).toContain(offer);
    expect(error.code).toBe(code);
  });

  it("keeps the symbols of another cell out of what it returns", () => {
    let stolen: any;
    traced(({ h }) => ({ h: (stolen = tanh(h)) }));
    expect(letter(() => traced(() => ({ h: stolen }))).message).toContain("a symbol of another cell for state h");
    expect(letter(() => define({ output: () => stolen })).message).toContain(
      "output returned a symbol of another cell",
    );
  });

  it("can be looked at: promises, JSON, printing, instanceof, in, spread", async () => {
    let seen: any[] = [];
    expect(() =>
      traced(({ x, p, h, m, state }) => {
        const a = linear(x, p.W, p.b);
        seen = [x, p, h, m, state, a, p.U];
        for (const value of seen) {
          expect(inspect(value).length).toBeGreaterThan(0);
          expect(JSON.stringify(value).length).toBeGreaterThan(0);
          expect(value.then).toBeUndefined();
          expect(Object.prototype.toString.call(value)).toBe("[object Object]");
        }
        expect([h instanceof language.Expression, "c" in state, "b" in p, "q" in a]).toEqual([
          true,
          false,
          true,
          false,
        ]);
        expect(Object.keys({ ...a })).toEqual(["i", "f", "o"]);
        return { h };
      }),
    ).not.toThrow();
    // After the step they are things like any other.
    for (const value of seen) expect([(await value) === value, value.anything]).toEqual([true, undefined]);
  });
});

describe("a definition", () => {
  it.each<[string, string, () => unknown]>([
    ["E_CELL", "expected a record of name, reference", () => defineCell()],
    ["E_CELL", "received null", () => defineCell(null)],
    ["E_CELL", "name must be text", () => defineCell({})],
    [
      "E_CELL",
      "name must be text, what checkpoints and --cell say; received undefined",
      () => define({ name: undefined }),
    ],
    ["E_CELL", "name must be text", () => define({ name: "" })],
    ["E_CELL", "params must be a function; received undefined", () => define({ params: undefined })],
    ["E_CELL", "step must be a function; received null", () => define({ step: null })],
    ["E_CELL", "output must be a function; received undefined", () => define({ output: undefined })],
    ["E_CELL", 'state must be a record of widths, { h: "hidden" }; received "h"', () => define({ state: "h" })],
    ["E_CELL", "dims cannot say input: that is the layer's, inputSize", () => define({ dims: { input: "hidden" } })],
    ["E_CELL", "dims cannot say hidden", () => define({ dims: { hidden: 7 } })],
    ["E_CELL", "input v must say its width and how often it comes", () => define({ inputs: { v: "hidden" } })],
    ["E_CELL", "gates must be a list of names", () => define({ gates: "ifo" })],
    ["E_CELL", 'it has two gates "a"', () => define({ gates: ["a", "b", "a"] })],
    ["E_CELL", 'it has no gate "q"; its gates are i, f, o', () => define({ forgetGate: "q" })],
    [
      "E_CELL",
      "parameter W must be made by inputWeight, bias and the like; received 5",
      () => define({ params: () => ({ W: 5 }) }),
    ],
    [
      "E_CELL",
      "params must return a record of parameters; it returned undefined",
      () => define({ params: () => undefined }),
    ],
    [
      "E_CELL",
      "params must return a record of parameters; it returned a promise",
      () => define({ params: async () => ({}) }),
    ],
    ["E_CELL", "output returned no symbol, but a promise", () => define({ output: async ({ h }: any) => h })],
    [
      "E_CELL",
      'parameter V has unknown width "wide"; there are input, hidden',
      () => define({ params: ({ hidden }: any) => ({ V: inputWeight({ dim: "wide", gates: null }, hidden) }) }),
    ],
    [
      "E_VALUE",
      'rows must be a width that params is given, as in ({ input, hidden, gates }) => …, received "foo"',
      () => define({ params: () => ({ W: inputWeight("foo", "input") }) }),
    ],
    [
      "E_VALUE",
      "a parameter of role bias: rows must be a width",
      () => define({ params: ({ hiden }: any) => ({ b: bias(hiden) }) }),
    ],
    [
      "E_OPTION",
      'a parameter of role gain: there is no option "begin"',
      () => define({ params: ({ hidden }: any) => ({ b: gain(hidden, { begin: 1 } as object) }) }),
    ],
    [
      "E_NUMBER",
      "a parameter of role gain: start must be a finite number, received NaN",
      () => define({ params: ({ hidden }: any) => ({ b: gain(hidden, { start: NaN }) }) }),
    ],
    [
      "E_VALUE",
      "cols must be a width",
      () => define({ params: ({ hidden }: any) => ({ b: recurrentWeight(hidden) }) }),
    ],
    ["E_VALUE", 'dims.cell cannot be "hiden". Did you mean "hidden"?', () => define({ dims: { cell: "hiden" } })],
    [
      "E_VALUE",
      'updateGate.open cannot be "keep". Did you mean "keeps"? Known: keeps, takes.',
      () => define({ updateGate: { gate: "f", open: "keep" } }),
    ],
    [
      "E_VALUE",
      'updateGate.tied cannot be "yes". Known: true, false.',
      () => define({ updateGate: { gate: "f", open: "keeps", tied: "yes" } }),
    ],
    [
      "E_OPTION",
      'defineCell "broken": there is no option "forgetgate". Did you mean "forgetGate"?',
      () => define({ forgetgate: "f" }),
    ],
    ["E_OPTION", 'Did you mean "memory"?', () => define({ memroy: {} })],
    ["E_CELL", "output returned no symbol, but undefined", () => define({ output: ({ q }: any) => q })],
  ])("%s: %s", (code, offer, run) => {
    const error = letter(run);
    expect(error.message).toContain(offer);
    expect(error.code).toBe(code);
  });
});
