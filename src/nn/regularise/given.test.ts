import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inputDropout, recurrentDropout, updateDropout, zoneout } from "../../cell/index.js";
import { HiddenstateError } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import { Parameter, Tensor } from "../../tensor/index.js";
import * as nn from "../index.js";

/** Functions and classes as plain JavaScript calls them. */
type Loose = (...given: unknown[]) => unknown;
const loose = {
  ...nn,
  ...nn.initialisers,
  inputDropout,
  recurrentDropout,
  updateDropout,
  zoneout,
} as unknown as Record<string, Loose>;
const made =
  (name: string): Loose =>
  (...given) =>
    new (loose[name] as unknown as new (...all: unknown[]) => unknown)(...given);

function letterOf(call: () => unknown): { code: string; message: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof HiddenstateError) return error;
    throw error;
  }
  throw new Error("expected an error, got none");
}

const rng = new Rng(1);
const weight = new Parameter([2, 2]);
const words = Tensor.from(Int32Array.of(1, 2));
const output = Tensor.ones([2, 1, 2]);
const square = { rows: 2, cols: 2 };

describe("a name that nobody reads is refused, and the one that was meant is pointed at", () => {
  const calls: Record<string, [() => unknown, meant: string]> = {
    Orthogonal: [() => made("Orthogonal")({ ...square, mapp: "cayley" }), "map"],
    Unitary: [() => made("Unitary")({ size: 2, strat: "identity" }), "start"],
    SpectralNorm: [() => made("SpectralNorm")({ ...square, bond: 2 }), "bound"],
    "SpectralNorm.forward": [() => (new nn.SpectralNorm(square).forward as Loose)({ iteration: 0 }), "iterations"],
    Linear: [() => made("Linear")({ inputSize: 2, outputSize: 2, bais: false }), "bias"],
    Embedding: [() => made("Embedding")({ vocabularySize: 2, size: 2, dtpe: "f64" }), "dtype"],
    Dropout: [() => made("Dropout")({ p: 0.5, q: 1 }), "p"],
    dropConnect: [() => loose["dropConnect"](weight, { p: 0.5, rgn: rng }), "rng"],
    weightNoise: [() => loose["weightNoise"](weight, { std: 1, rgn: rng }), "rng"],
    activationPenalty: [() => loose["activationPenalty"](output, 1, { length: [1] }), "lengths"],
    temporalActivationPenalty: [() => loose["temporalActivationPenalty"](output, 1, { length: [1] }), "lengths"],
    wordDropout: [() => loose["wordDropout"](words, { p: 0.5, unknown: 0, rgn: rng }), "rng"],
    embeddingDropout: [() => loose["embeddingDropout"](weight, words, { p: 0.5, rgn: rng }), "rng"],
    maxNorm: [() => loose["maxNorm"](weight, { max: 1, ovr: "all" }), "over"],
    gradientNoise: [() => loose["gradientNoise"]([weight], { eta: 1, step: 1, rng, gama: 1 }), "gamma"],
    chrono: [() => loose["chrono"]({ max: 10, mn: 2 }), "min"],
    irnn: [() => loose["irnn"]({ sdt: 1 }), "std"],
    sparse: [() => loose["sparse"]({ sparsity: 0.5, sdt: 1 }), "std"],
    initialise: [
      () => loose["initialise"](new nn.LSTM({ inputSize: 2, hiddenSize: 2 }), { recurent: null }, rng),
      "recurrent",
    ],
  };
  for (const rule of ["glorotUniform", "glorotNormal", "heUniform", "heNormal", "lecunUniform", "lecunNormal"]) {
    calls[rule] = [() => loose[rule]({ trucated: true }), "truncated"];
  }
  it.each(Object.entries(calls))("%s", (_, [call, meant]) => {
    const { code, message } = letterOf(call);
    expect(code).toBe("E_OPTION");
    expect(message).toContain(`Did you mean "${meant}"?`);
  });
});

describe("what is of another kind is refused with words", () => {
  const lstm = new nn.LSTM({ inputSize: 2, hiddenSize: 2 });
  const calls: Record<string, [call: () => unknown, code: string, words: string]> = {
    "no options of dropConnect": [() => loose["dropConnect"](weight), "E_OPTION", "{ p, rng, drop }"],
    "a number for its generator": [() => loose["dropConnect"](weight, { p: 0.5, rng: 5 }), "E_RNG", "new Rng(seed)"],
    "numbers for its weight": [() => loose["dropConnect"]([1, 2], { p: 0.5, rng }), "E_TENSOR", "an array of 2"],
    "gradient noise without a generator": [() => loose["gradientNoise"]([weight], { eta: 1, step: 1 }), "E_RNG", "rng"],
    "no options of chrono": [() => loose["chrono"](), "E_OPTION", "{ max, min }"],
    "initialise without a generator": [() => loose["initialise"](lstm, "article"), "E_RNG", "received undefined"],
    "initialise by null": [() => loose["initialise"](lstm, null, rng), "E_OPTION", "received null"],
    "a text for a switch": [() => loose["glorotNormal"]({ truncated: "no" }), "E_VALUE", "true or false"],
    "an unknown fan": [() => loose["heNormal"]({ fan: "both" }), "E_VALUE", "Known: in, out"],
    "unknown rows": [() => loose["heNormal"]({ per: "gates" }), "E_VALUE", 'Did you mean "gate"?'],
    "a text for lengths": [() => loose["activationPenalty"](output, 1, { lengths: "a" }), "E_LENGTHS", "received a"],
    "unknown masks": [() => loose["recurrentDropout"](nn.lstm, "gates"), "E_VALUE", "Known: tied, perGate"],
    "unknown masks of the input": [() => loose["inputDropout"](nn.lstm, "gates"), "E_VALUE", "Known: tied, perGate"],
    "unknown masks of the update": [() => loose["updateDropout"](nn.lstm, "foo"), "E_VALUE", "Known: step, sequence"],
    "a state that is no list": [() => loose["zoneout"](nn.gru, "h"), "E_VALUE", "a list of h"],
    "an unknown role": [() => loose["weightsOf"](lstm, "recurent", (w: Tensor) => w), "E_VALUE", 'mean "recurrent"?'],
    "no function of weights": [() => loose["weightsOf"](lstm, "recurrent"), "E_VALUE", "(weight, name) => Tensor"],
  };
  it.each(Object.entries(calls))("%s", (_, [call, code, said]) => {
    const letter = letterOf(call);
    expect(letter.code).toBe(code);
    expect(letter.message).toContain(said);
  });
});

/** Cells of CELLS on which a regulariser finds nothing to work on: what is refused must be refused as E_REGULARISER. */
function refusing(apply: (name: string) => unknown): string[] {
  return Object.keys(nn.CELLS).filter((name) => {
    try {
      apply(name);
    } catch (error) {
      expect((error as HiddenstateError).code).toBe("E_REGULARISER");
      return true;
    }
    return false;
  });
}

describe("which regulariser fits which cell", () => {
  const layer = (name: string, options = {}): nn.Recurrent =>
    new nn.Recurrent(nn.CELLS[name], { inputSize: 2, hiddenSize: 2, ...options });
  const page = readFileSync(new URL("../../../docs/regularisation.md", import.meta.url), "utf8");
  /** The cells in the last column of the row of this regulariser. */
  const written = (regulariser: string): string[] => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${regulariser} | cells `))!;
    return [
      ...row
        .split("|")
        .at(-2)!
        .matchAll(/`(\w+)`/g),
    ].map(([, name]) => name);
  };

  it("is as the page says", () => {
    const recurrent = refusing((name) => layer(name, { recurrentDropout: 0.5 }));
    const drop = refusing((name) => nn.weightsOf(layer(name), "recurrent", (w) => nn.dropConnect(w, { p: 0.5, rng })));
    const update = refusing((name) => layer(name, { updateDropout: 0.5 }));
    expect(recurrent).toEqual(["minGru", "minLstm", "quasiRnn2", "simpleRecurrentUnit"]);
    expect(written("`recurrentDropout`")).toEqual(recurrent);
    expect(written('weight drop (`weightsOf(net, "recurrent", …)`)')).toEqual(drop);
    expect(written("`updateDropout`")).toEqual(update);
    for (const options of [
      { zoneout: 0.1 },
      { inputDropout: 0.1, inputDropoutMasks: "perGate" },
      { dropout: 0.1, layers: 2 },
    ]) {
      expect(refusing((name) => layer(name, options))).toEqual([]);
    }
  });
});
