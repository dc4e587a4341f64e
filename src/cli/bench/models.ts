/** The models of the workloads, with the parameters and data that all peers share. */
import { badUsage } from "../../errors.js";
import { Embedding, Linear, Module, Recurrent } from "../../nn/index.js";
import { crossEntropy, mseLoss, type Parameter, reshape, select, Tensor } from "../../tensor/index.js";
import { BENCH_CELLS } from "./custom-cells.js";
import { integers, uniform } from "./numbers.js";
import type { ModelSpec, Workload } from "./workloads.js";

/** What a kind of workload puts behind the recurrent stack. */
interface Kind {
  readonly phases: readonly string[];
  /** Sizes it cannot do without. */
  readonly needs: readonly (keyof ModelSpec)[];
  /** Width of the output layer. */
  outputs(spec: ModelSpec): number;
  /** Whether the output layer sees only the last step. */
  readonly lastStep: boolean;
  /** Targets, int32 classes [T, B] or float32 values [B]. */
  targets(spec: ModelSpec): Int32Array | Float32Array;
}

const BOTH = ["train", "infer"];
const classes = (spec: ModelSpec, below: number): Int32Array => integers("y", spec.T! * spec.B, below);

const KINDS: Readonly<Record<string, Kind>> = {
  lm: {
    phases: BOTH,
    needs: ["T", "V", "emb"],
    outputs: ({ V }) => V!,
    lastStep: false,
    targets: (spec) => classes(spec, spec.V!),
  },
  tagger: {
    phases: BOTH,
    needs: ["T", "V", "emb", "labels"],
    outputs: ({ labels }) => labels!,
    lastStep: false,
    targets: (spec) => classes(spec, spec.labels!),
  },
  regress: {
    phases: BOTH,
    needs: ["T", "input"],
    outputs: () => 1,
    lastStep: true,
    targets: ({ B }) => uniform("y", B, 1),
  },
  // A model of its own: seq2seq.ts.
  seq2seq: {
    phases: ["train"],
    needs: ["Tsrc", "Ttgt", "V", "emb"],
    outputs: ({ V }) => V!,
    lastStep: false,
    targets: ({ B, V, Ttgt }) => integers("y", Ttgt! * B, V!),
  },
  // The output of the stack itself is read; there is nothing behind it, and nothing to learn.
  stream: {
    phases: ["stream"],
    needs: ["input"],
    outputs: ({ H }) => H,
    lastStep: true,
    targets: () => new Float32Array(0),
  },
};

/** Whether this program can do the workload yet. */
export function supports({ kind, phase }: Workload): boolean {
  return Object.hasOwn(KINDS, kind) && KINDS[kind].phases.includes(phase);
}

/** Check that a supported workload has what its kind needs. Errors: `E_USAGE`. */
export function checkSpec(name: string, spec: ModelSpec): void {
  const { needs } = KINDS[spec.kind];
  const missing = needs.filter((field) => spec[field] === undefined);
  if (missing.length > 0) throw badUsage(`bench: ${name} lacks ${missing.join(", ")}`);
  if (!Object.hasOwn(BENCH_CELLS, spec.cell)) {
    throw badUsage(`bench: there is no cell "${spec.cell}"`, Object.keys(BENCH_CELLS), spec.cell);
  }
}

/** Width of a workload's output layer. */
export function outputWidth(spec: ModelSpec): number {
  return KINDS[spec.kind].outputs(spec);
}

/** Rows that a workload's output layer sees in a step. */
export function outputRows(spec: ModelSpec): number {
  return KINDS[spec.kind].lastStep ? spec.B : spec.T! * spec.B;
}

/** The part of a training step that is running. */
export type Region = "embedding" | "recurrent" | "output" | "loss" | "optimizer";

/** Between two parts of a model: returns its tensor, or one like it that tells on which side the work is. */
export type Border = (x: Tensor, before: Region, after: Region) => Tensor;

/** The recurrent stack alone; parameters as every peer has them. */
export class StackModel extends Module {
  readonly rnn: Recurrent;

  constructor(spec: ModelSpec, dtype: "f32" | "f64") {
    super();
    const { H, L, bidirectional = false } = spec;
    const inputSize = spec.emb ?? spec.input!;
    this.rnn = new Recurrent(BENCH_CELLS[spec.cell], { inputSize, hiddenSize: H, layers: L, bidirectional, dtype });
    for (const [name, parameter] of this.namedParameters()) parameter.set(valuesOf(name, parameter, spec));
  }
}

/** Embedding (or none) → recurrent stack → linear, time-major; parameters as every peer has them. */
export class SequenceModel extends Module {
  readonly emb: Embedding | null;
  readonly rnn: Recurrent;
  readonly out: Linear;
  readonly #lastStep: boolean;
  readonly #border: Border;

  /** @param border what lies between the parts; by default nothing */
  constructor(spec: ModelSpec, dtype: "f32" | "f64", border: Border = (x) => x) {
    super();
    this.#border = border;
    const { V, emb, H, L, bidirectional = false } = spec;
    const kind = KINDS[spec.kind];
    const inputSize = emb ?? spec.input!;
    this.emb = emb === undefined ? null : new Embedding({ vocabularySize: V!, size: emb, dtype });
    this.rnn = new Recurrent(BENCH_CELLS[spec.cell], { inputSize, hiddenSize: H, layers: L, bidirectional, dtype });
    this.out = new Linear({ inputSize: bidirectional ? 2 * H : H, outputSize: kind.outputs(spec), dtype });
    this.#lastStep = kind.lastStep;
    for (const [name, parameter] of this.namedParameters()) parameter.set(valuesOf(name, parameter, spec));
  }

  /** x [T, B] or [T, B, I] → scores [T, B, V], or [B, 1] from the last step alone. */
  forward(x: Tensor): Tensor {
    const border = this.#border;
    const { output } = this.rnn.forward(this.emb === null ? x : border(this.emb.forward(x), "embedding", "recurrent"));
    const seen = border(this.#lastStep ? select(output, 0, -1) : output, "recurrent", "output");
    return border(this.out.forward(seen), "output", "loss");
  }

  /** Mean cross-entropy, or mean squared error where the targets are values. */
  loss(x: Tensor, y: Tensor): Tensor {
    const out = this.forward(x);
    return y.dtype === "i32" ? crossEntropy(out, y) : mseLoss(reshape(out, y.shape), y);
  }
}

/** The batch that every step sees: inputs and targets. */
export function batchOf(spec: ModelSpec, dtype: "f32" | "f64"): { x: Tensor; y: Tensor } {
  const { B, V, emb, input } = spec;
  const T = spec.T!;
  const y = KINDS[spec.kind].targets(spec);
  return {
    x:
      emb === undefined
        ? Tensor.from(uniform("x", T * B * input!, 1), [T, B, input!], { dtype })
        : Tensor.from(integers("x", T * B, V!), [T, B]),
    y: y instanceof Int32Array ? Tensor.from(y, [T, B]) : Tensor.from(y, [B], { dtype }),
  };
}

const STREAMS: Readonly<Record<string, string>> = { weight_ih: "W", weight_hh: "U", bias_ih: "b" };

/** Matrices and input biases from the stream of their place; a recurrent bias starts at zero. */
function valuesOf(name: string, { size }: Parameter, { H, bidirectional = false }: ModelSpec): Float32Array {
  if (name === "emb.weight") return uniform("emb", size, 1);
  const recurrent = /^rnn\.(\w+)_l(\d+)(_reverse)?$/.exec(name);
  if (recurrent === null) {
    const inputs = bidirectional ? 2 * H : H;
    return uniform(name === "out.weight" ? "out.W" : "out.b", size, 1 / Math.sqrt(inputs));
  }
  const [, role, layer, reverse] = recurrent;
  if (role.startsWith("gain")) return new Float32Array(size).fill(1);
  if (role.startsWith("peephole")) return uniform(`l${layer}.${role}`, size, 1 / Math.sqrt(H));
  const stream = STREAMS[role];
  if (stream === undefined) return new Float32Array(size);
  return uniform(`l${layer}.${reverse === undefined ? "f" : "r"}.${stream}`, size, 1 / Math.sqrt(H));
}
