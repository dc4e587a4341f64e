/**
 * Fifty training steps of a small character model, the same program on every platform: what it returns says, to the last
 * bit, what was computed, and which machine computed it.
 *
 * Everything that could make bits depend on the number of threads is in it: odd widths, a batch that fills no tile,
 * rows that end early, dropout, state carried across windows, clipping and Adam.
 */
import {
  crossEntropy,
  reshape,
  Rng,
  runtime,
  scope,
  start,
  startSync,
  Tensor,
  type RuntimeReport,
  type StartOptions,
} from "hiddenstate";
import { detachState, Embedding, Linear, LSTM, Module, type RecurrentState } from "hiddenstate/nn";
import { Adam, clipGradNorm } from "hiddenstate/optim";

const V = 61;
const E = 20;
const H = 33;
const B = 33;
const T = 12;
const STEPS = 50;
const IGNORED = -100;

export interface TrainingRun {
  /** The loss of every step, as the 64 bits of a float64 in hexadecimal. */
  readonly losses: readonly string[];
  /** The gradients' norm of every step, likewise: sums over all of them. */
  readonly norms: readonly string[];
  /** A hash of all weights after the last step. */
  readonly weights: string;
  /** The first and the last loss as numbers, to see that something is learned. */
  readonly from: number;
  readonly to: number;
  readonly report: RuntimeReport;
  /** Fork-joins made. */
  readonly forks: number;
}

class CharModel extends Module {
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly head: Linear;

  constructor(rng: Rng) {
    super();
    this.embedding = new Embedding({ vocabularySize: V, size: E }, rng.split("embedding"));
    this.lstm = new LSTM({ inputSize: E, hiddenSize: H, layers: 2, dropout: 0.2 }, rng.split("lstm"));
    this.head = new Linear({ inputSize: H, outputSize: V }, rng.split("head"));
  }
}

/**
 * Start the runtime and train.
 *
 * @param sync start without waiting, as a page that cannot await would
 */
export async function trainingRun(options: StartOptions, sync = false): Promise<TrainingRun> {
  if (sync) startSync(options);
  else await start(options);
  return train();
}

function train(): TrainingRun {
  const seed = new Rng(20);
  const model = new CharModel(seed.split("model"));
  const parameters = model.parameters();
  const adam = new Adam(parameters, { lr: 2e-2 });
  const text = makeText(seed.split("text"), STEPS * T + 1);
  const losses: number[] = [];
  const norms: number[] = [];
  let carried: RecurrentState | undefined;

  for (let step = 0; step < STEPS; step++) {
    const rng = seed.split("dropout").split(step);
    const made = scope(() => {
      // Every other window is ragged, one row has nothing at all in it.
      const lengths = Array.from({ length: B }, (_, b) =>
        step % 2 === 0 ? T : Math.max(0, T - ((b * 7 + step) % (T + 1))),
      );
      const window = (shift: number, pad: number): Tensor =>
        Tensor.from(
          Int32Array.from({ length: T * B }, (_, i) => {
            const [t, b] = [Math.floor(i / B), i % B];
            return t < lengths[b] ? text[b][step * T + t + shift] : pad;
          }),
          [T, B],
        );
      adam.zeroGrad();
      const x = model.embedding.forward(window(0, 0));
      const { output, state } = model.lstm.forward(x, { state: carried, lengths, rng });
      const logits = model.head.forward(reshape(output, [T * B, H]));
      const loss = crossEntropy(logits, reshape(window(1, IGNORED), [T * B]), { ignoreIndex: IGNORED });
      loss.backward();
      const { norm, scale } = clipGradNorm(parameters, 0.3);
      adam.step({ gradScale: scale });
      losses.push(loss.item());
      norms.push(norm);
      return detachState(state);
    });
    carried = made;
  }

  const { counters } = runtime();
  return {
    losses: losses.map(hex),
    norms: norms.map(hex),
    weights: hash(parameters.map((parameter) => parameter.data() as Float32Array)),
    from: losses[0],
    to: losses[STEPS - 1],
    report: runtime().report(),
    forks: counters.forks,
  };
}

/** B texts in which a character says much about the next one. */
function makeText(rng: Rng, length: number): Int32Array[] {
  return Array.from({ length: B }, () => {
    let last = rng.integer(V);
    return Int32Array.from({ length }, () => (last = (last * 3 + rng.integer(4)) % V));
  });
}

/** The 64 bits of a number. */
export function hex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** FNV-1a over the bits of floats, 64 bits wide. */
export function hash(arrays: readonly Float32Array[]): string {
  let a = 0xcbf29ce484222325n;
  for (const array of arrays) {
    for (const word of new Uint32Array(array.slice().buffer))
      a = BigInt.asUintN(64, (a ^ BigInt(word)) * 0x100000001b3n);
  }
  return a.toString(16).padStart(16, "0");
}
