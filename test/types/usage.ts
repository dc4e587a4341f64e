/**
 * What a user's editor and compiler see: programs that must type-check, and mistakes that must not. Compiled against the
 * installed package with the types of a page, of Node, and with none (test/platform/types.test.ts).
 */
import {
  crossEntropy,
  HiddenstateError,
  type Parameter,
  type Rng,
  runtime,
  scope,
  type start,
  startSync,
  type Tensor,
  type RuntimeReport,
  type StartOptions,
} from "hiddenstate";
import { bias, defineCell, inputWeight, linear, recurrentWeight, tanh } from "hiddenstate/cell";
import { Embedding, gru, Linear, LSTM, Module, Recurrent, type CellState, type RecurrentState } from "hiddenstate/nn";
import { Adam, clipGradNorm } from "hiddenstate/optim";
import { cellContract } from "hiddenstate/testing";

/** Compiles only if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_Claim extends true>(): void {}

export class Model extends Module {
  readonly embedding = new Embedding({ vocabularySize: 10, size: 4 });
  readonly lstm = new LSTM({ inputSize: 4, hiddenSize: 8, layers: 2, dropout: 0.1 });
  readonly head = new Linear({ inputSize: 8, outputSize: 10 });
}

export function step(model: Model, x: Tensor, y: Tensor, rng: Rng): number {
  const adam = new Adam(model.parameters(), { lr: 1e-3 });
  const loss = scope(() => {
    const { output, state } = model.lstm.forward(model.embedding.forward(x), { lengths: [3, 2], rng });
    is<Same<typeof output, Tensor>>();
    is<Same<typeof state, RecurrentState>>();
    is<Same<(typeof state)[number], CellState>>();
    const made = crossEntropy(model.head.forward(output), y);
    made.backward();
    return made.item();
  });
  is<Same<typeof loss, number>>();
  const { norm, scale } = clipGradNorm(model.parameters(), 5);
  adam.step({ gradScale: scale });
  return loss + norm;
}

export const fading = defineCell({
  name: "fading",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
    b: bias(hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => ({ h: tanh(linear(x, p.W, p.b).add(linear(h, p.U))) }),
  output: ({ h }) => h,
});

export const told = defineCell({
  name: "told",
  reference: "made up",
  params: ({ hidden }) => ({ U: recurrentWeight(hidden, hidden) }),
  state: { h: "hidden" },
  inputs: { voice: { dim: "hidden", per: "sequence" }, now: { dim: "input", per: "step" } },
  step: ({ p, h, voice }) => ({ h: tanh(linear(h, p.U).add(voice)) }),
  output: ({ h }) => h,
});

export function regularised(x: Tensor, voice: Tensor, rng: Rng): Tensor {
  const zoned = new LSTM({
    inputSize: 4,
    hiddenSize: 8,
    recurrentDropout: 0.2,
    zoneout: { c: 0.5, h: 0.05 },
    inputDropout: 0.1,
    inputDropoutMasks: "perGate",
  });
  const asked = new Recurrent(told, { inputSize: 4, hiddenSize: 8, zoneout: 0.1 });
  return asked.forward(zoned.forward(x, { rng }).output, { rng, inputs: { voice } }).output;
}

export function everywhere(): RuntimeReport {
  const options: StartOptions = { threads: 2, precision: "strict", workerUrl: "/worker.js" };
  is<Same<ReturnType<typeof start>, Promise<typeof machine>>>();
  const machine = startSync(options);
  for (const { name, run } of cellContract(fading)) if (name !== "") run();
  new Recurrent(gru, { inputSize: 1, hiddenSize: 1, bidirectional: true }).parameters() satisfies Parameter[];
  try {
    return runtime().report();
  } catch (error) {
    if (error instanceof HiddenstateError) error.code satisfies string;
    throw error;
  }
}

export function mistakes(model: Model, x: Tensor): void {
  // @ts-expect-error a size is missing
  new LSTM({ inputSize: 4 });
  // @ts-expect-error no such option
  new LSTM({ inputSize: 4, hiddenSize: 8, hidden: 8 });
  // @ts-expect-error precisions are words of a list
  startSync({ precision: "double" });
  // @ts-expect-error lengths are numbers
  model.lstm.forward(x, { lengths: ["3"] });
  // @ts-expect-error the optimizer learns parameters, not tensors
  new Adam([x]);
  // @ts-expect-error shapes are read-only
  x.shape[0] = 2;
  // @ts-expect-error randomness is an argument with a type of its own
  model.lstm.forward(x, { rng: 1 });
  // @ts-expect-error masks are tied or per gate
  new LSTM({ inputSize: 4, hiddenSize: 8, recurrentDropoutMasks: "none" });
  // @ts-expect-error so are those of the input
  new LSTM({ inputSize: 4, hiddenSize: 8, inputDropoutMasks: "step" });
  // @ts-expect-error an input lives for a step or a sequence
  defineCell({ ...told, inputs: { voice: { dim: "hidden", per: "batch" } } });
  defineCell({
    name: "asks",
    reference: "made up",
    params: ({ hidden }) => ({ U: recurrentWeight(hidden, hidden) }),
    state: { h: "hidden" },
    inputs: { voice: { dim: "hidden", per: "sequence" } },
    // @ts-expect-error step has the inputs that are declared
    step: ({ h, noise }) => ({ h: h.add(noise) }),
    output: ({ h }) => h,
  });
  // @ts-expect-error a cell has its own state names
  defineCell({ ...fading, step: ({ c }: { c: number }) => c });
}
