import { describe, expect, it } from "vitest";
import { HiddenstateError } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import {
  type CellState,
  Decoder,
  deepCell,
  forwardWindow,
  gru,
  hessianVectorProduct,
  LearnedState,
  Linear,
  LSTM,
  lstm,
  lstmWith,
  Module,
  monteCarlo,
  Recurrent,
  RNN,
  Seq2Seq,
  Stack,
  TapeRecurrent,
  truncatedWindows,
  withBahdanau,
} from "./index.js";

class Step extends Module {
  readonly inputSize = 2;
  readonly outputSize = 2;
  readonly stateSizes = { h: 2 };
  step(x: Tensor, { h }: CellState): { output: Tensor; state: CellState } {
    return { output: x.add(h), state: { h: x } };
  }
}

const sizes = { inputSize: 2, hiddenSize: 3 };
const x = Tensor.ones([4, 1, 2]);
const row = Tensor.ones([1, 2]);
const net = new Recurrent(gru, { ...sizes, layers: 2, dropout: 0.5 });
const stack = new Stack({ inputSize: 2, layers: [{ cell: lstm, hiddenSize: 3 }] });
const tape = new TapeRecurrent(new Step());
const decoder = new Decoder({ ...sizes, memorySize: 2 });
const memory = decoder.prepare(x);
const model = new Seq2Seq({ sourceSize: 4, targetSize: 4, embeddingSize: 2, hiddenSize: 2 });
const tokens = Tensor.from(Int32Array.of(1, 2), [2, 1]);
const loss = (_: unknown, { output }: { readonly output: Tensor }): Tensor => output.sum();
const zeros = Tensor.zeros([9, 3]);

/** Calls as nobody who reads types would write them: plain JavaScript, JSON, a slip of the hand. */
type Loose = (...given: unknown[]) => unknown;
const loose = (object: object, method: string): Loose =>
  (object as Readonly<Record<string, Loose>>)[method].bind(object);
const made =
  (Type: unknown): Loose =>
  (...given) =>
    new (Type as new (...all: unknown[]) => unknown)(...given);
const [hessian, windows, draws] = [hessianVectorProduct, truncatedWindows, monteCarlo] as unknown as Loose[];

function letterOf(call: () => unknown): { code: string; message: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof HiddenstateError) return error;
    throw error;
  }
  throw new Error("expected an error, got none");
}

describe("a name that nobody reads is refused, and the one that was meant is pointed at", () => {
  const layers = { recurrent: net, stack, tape };
  const calls: Record<string, [() => unknown, meant: string]> = {
    "a direction": [() => hessian(net, x, { loss, direction: { paramters: { weight_hh_l0: zeros } } }), "parameters"],
    "a parameter of a direction": [
      () => hessian(net, x, { loss, direction: { parameters: { weight_ihh_l0: zeros } } }),
      "weight_ih_l0",
    ],
    "a hessian": [() => hessian(net, x, { loss, direction: {}, lenghts: [1] }), "lengths"],
    "weights of a call": [() => loose(net, "forward")(x, { weights: { weight_ihh_l0: zeros } }), "weight_ih_l0"],
    "a ready layer": [() => made(Stack)({ inputSize: 2, layers: [{ layer: net, skp: "none" }] }), "skip"],
    "a decoder": [() => loose(decoder, "forward")(x, memory, { lenghts: [1] }), "lengths"],
    "a memory": [() => loose(decoder, "prepare")(x, { lenghts: [1] }), "lengths"],
    "an encoder and decoder": [() => loose(model, "forward")(tokens, tokens, { teachr: 0.5 }), "teacher"],
    "its loss": [() => loose(model, "loss")(tokens, tokens, tokens, { labelSmothing: 0.5 }), "labelSmoothing"],
    windows: [() => windows(10, { stride: 2, windw: 3 }), "window"],
  };
  for (const [name, layer] of Object.entries(layers)) {
    calls[`forward of ${name}`] = [() => loose(layer, "forward")(x, { lenghts: [1] }), "lengths"];
    calls[`trace of ${name}`] = [() => loose(layer, "trace")(x, { maks: x }), "mask"];
    if (name !== "tape") calls[`step of ${name}`] = [() => loose(layer, "step")(row, undefined, { rgn: 1 }), "rng"];
  }
  it.each(Object.entries(calls))("%s", (_, [call, meant]) => {
    const { code, message } = letterOf(call);
    expect(code).toBe("E_OPTION");
    expect(message).toContain(`Did you mean "${meant}"?`);
  });
});

describe("what is of another kind is refused with words", () => {
  const of = (...given: unknown[]): Loose => made(Recurrent).bind(null, ...given);
  const calls: Record<string, [call: () => unknown, code: string, words: string]> = {
    "a number for a generator": [() => loose(net, "forward")(x, { rng: 5 }), "E_RNG", "new Rng(seed)"],
    "an array for x": [() => loose(net, "forward")([1, 2, 3]), "E_TENSOR", "an array of 3"],
    "no x": [() => loose(net, "forward")(), "E_TENSOR", "received undefined"],
    "no x of a stack": [() => loose(stack, "forward")(), "E_TENSOR", "Tensor.from"],
    "no x of a step": [() => loose(tape, "step")(), "E_TENSOR", "Tensor.from"],
    "null for options": [() => loose(net, "forward")(x, null), "E_OPTION", "received null"],
    "a text for lengths": [() => loose(net, "forward")(x, { lengths: "abc" }), "E_LENGTHS", "received abc"],
    "numbers for a weight": [
      () => loose(net, "forward")(x, { weights: { weight_hh_l0: 3 } }),
      "E_TENSOR",
      "received 3",
    ],
    "no options": [of(gru), "E_OPTION", "inputSize"],
    "no options of an RNN": [made(RNN), "E_NUMBER", "inputSize"],
    "a name for a cell": [of("lstm", sizes), "E_CELL", 'CELLS["lstm"]'],
    "no cell": [of(undefined, sizes), "E_CELL", "received undefined"],
    "a module for a cell": [of(new Step(), sizes), "E_CELL", "new TapeRecurrent(module)"],
    "a name in a stack": [
      () => made(Stack)({ inputSize: 2, layers: [{ cell: "gru", hiddenSize: 3 }] }),
      "E_CELL",
      "layer 0",
    ],
    "a name for a layer": [() => made(Stack)({ inputSize: 2, layers: ["gru"] }), "E_OPTION", 'received "gru"'],
    "no layer": [() => made(Stack)({ inputSize: 2, layers: [{ layer: 3 }] }), "E_MODULE", "received 3"],
    "a generator that is none": [of(gru, sizes, 5), "E_RNG", "new Rng(seed)"],
    "a text for a probability": [of(gru, { ...sizes, layers: 2, dropout: "0.5" }), "E_NUMBER", "a probability"],
    "a name for a cell in attention": [() => (withBahdanau as unknown as Loose)("lstm"), "E_CELL", 'CELLS["lstm"]'],
    "a name for a cell in a stack of one": [() => (deepCell as unknown as Loose)("lstm", 2), "E_CELL", 'CELLS["lstm"]'],
    "no window": [() => (forwardWindow as unknown as Loose)(net, x), "E_OPTION", "forwardWindow: window"],
    "no network in a window": [() => (forwardWindow as unknown as Loose)({}, x, {}), "E_MODULE", "forwardWindow"],
    "a record for a state": [() => loose(net, "forward")(x, { state: { h: row } }), "E_STATE", "put it into a list"],
    "lengths with holes": [
      () => loose(net, "forward")(x, { lengths: Object.assign([], { length: 1 }) }),
      "E_LENGTHS",
      "undefined",
    ],
    "a limit without end": [() => (lstmWith as unknown as Loose)({ clipGates: Infinity }), "E_NUMBER", "clipGates"],
    "a text for both directions": [of(gru, { ...sizes, bidirectional: "false" }), "E_VALUE", "true or false"],
    "a text for the other one": [of(gru, { ...sizes, reverse: "no" }), "E_VALUE", "true or false"],
    "a module without a step": [
      () => made(TapeRecurrent)(new Linear({ inputSize: 2, outputSize: 2 })),
      "E_MODULE",
      "step(x, state)",
    ],
    "a step without sizes": [
      () => made(TapeRecurrent)(Object.assign(new Step(), { stateSizes: undefined })),
      "E_MODULE",
      "stateSizes",
    ],
    "no layer of a learned state": [() => made(LearnedState)({}), "E_MODULE", "Recurrent"],
    "no options of windows": [() => windows(10), "E_OPTION", "stride, window"],
    "draws without a tensor": [() => draws(3, new Rng(1), () => 3), "E_TENSOR", "what fn returns"],
    "draws without a generator": [() => draws(3, 1, () => x), "E_RNG", "received 1"],
    "draws of nothing": [() => draws(3, new Rng(1)), "E_VALUE", "(rng) => Tensor"],
    "no direction": [() => hessian(net, x, { loss }), "E_OPTION", "parameters, x, state"],
    "a loss that is a number": [
      () => hessian(net, x, { loss: () => 3, direction: {} }),
      "E_TENSOR",
      "what loss returns",
    ],
    "a module with a step": [
      () => hessian(tape, x, { loss, direction: {} }),
      "E_OPTION_NEEDS",
      "hessianVectorProduct: a second derivative needs a Recurrent, or a Stack of cells, received a TapeRecurrent, whose step",
    ],
    "one in a stack": [
      () => hessian(new Stack({ inputSize: 2, layers: [{ layer: tape }] }), x, { loss, direction: {} }),
      "E_OPTION_NEEDS",
      "hessianVectorProduct(Stack): layer 0: a second derivative",
    ],
    "no network": [
      () => hessian(new Linear({ inputSize: 2, outputSize: 2 }), x, { loss, direction: {} }),
      "E_MODULE",
      "received a Linear",
    ],
    "no loss": [() => hessian(net, x, { direction: {} }), "E_VALUE", "(now, moving) => Tensor"],
    "a name for the cell of a decoder": [
      () => made(Decoder)({ ...sizes, cell: "gru", memorySize: 2 }),
      "E_CELL",
      "CELLS",
    ],
  };
  it.each(Object.entries(calls))("%s", (_, [call, code, words]) => {
    const letter = letterOf(call);
    expect(letter.code).toBe(code);
    expect(letter.message).toContain(words);
  });
});

it("a step of a module is told what to draw from, and nothing else", () => {
  expect(letterOf(() => loose(tape, "step")(row, undefined, { inputs: {} })).message).toBe(
    'TapeRecurrent.step: there is no option "inputs". Known: rng.',
  );
  for (const method of ["forward", "step"]) {
    expect(
      letterOf(() =>
        loose(tape, method)(method === "step" ? row : x, method === "step" ? undefined : { rng: 1 }, { rng: 1 }),
      ).code,
    ).toBe("E_RNG");
  }
});

describe("a state dict travels", () => {
  it("from one module into another, as tensors", () => {
    const [from, to] = [new LSTM(sizes, new Rng(1)), new LSTM(sizes, new Rng(2))];
    to.loadStateDict(from.stateDict());
    expect(to.parameters().map((p) => p.toArray())).toEqual(from.parameters().map((p) => p.toArray()));
    // Copied: what one of them learns later is its own.
    to.parameters()[0].data()[0] = 99;
    expect(from.parameters()[0].data()[0]).not.toBe(99);
  });

  it("and one of other sizes, or none, is refused as a whole", () => {
    const to = new LSTM(sizes);
    const before = to.parameters().map((p) => p.toArray());
    const other = new LSTM({ ...sizes, inputSize: 3 }).stateDict();
    expect(letterOf(() => to.loadStateDict(other)).message).toContain(
      "weight_ih_l0 (expected [12, 2], received 36 numbers)",
    );
    for (const values of [undefined, null, 3]) {
      expect(letterOf(() => loose(to, "loadStateDict")(values)).code).toBe("E_OPTION");
    }
    const holes = { ...to.stateDict(), weight_ih_l0: null } as unknown as Record<string, Tensor>;
    expect(letterOf(() => to.loadStateDict(holes)).code).toBe("E_STATE_DICT");
    expect(to.parameters().map((p) => p.toArray())).toEqual(before);
  });
});
