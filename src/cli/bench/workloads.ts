/** The work that every peer of the benchmark does, built in, and the door at which a spec from outside is checked. */
import { badUsage, type HiddenstateError } from "../../errors.js";

/** Sizes of a model and what it is trained for; letters as everywhere (B batch, T steps, V vocabulary, H hidden, L layers). */
export interface ModelSpec {
  readonly kind: string;
  readonly cell: string;
  readonly B: number;
  readonly H: number;
  readonly L: number;
  readonly T?: number;
  readonly V?: number;
  /** Width of the embedding; without one the inputs are `input` numbers a step. */
  readonly emb?: number;
  readonly input?: number;
  readonly labels?: number;
  readonly bidirectional?: boolean;
  readonly Tsrc?: number;
  readonly Ttgt?: number;
}

/** Adam and the bound of the global gradient norm. */
export interface OptimizerSpec {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly clipGlobalNorm: number;
}

/** One model in one phase: what a line of results is about. */
export interface Workload extends ModelSpec {
  /** `<model>.<phase>`. */
  readonly name: string;
  /** `train`, `infer` or `stream`. */
  readonly phase: string;
  readonly optimizer: OptimizerSpec;
}

const OPTIMIZER: OptimizerSpec = { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8, clipGlobalNorm: 5 };

const BOTH = ["train", "infer"];
const STREAM = ["stream"];

const small = { B: 50, T: 50, V: 65, emb: 65, H: 128, L: 2 };
const stream = { kind: "stream", cell: "lstm", B: 1 };

const medium = { kind: "lm", B: 32, T: 64, V: 65, emb: 128, H: 256, L: 1 };

const MODELS: Readonly<Record<string, { spec: ModelSpec; phases: readonly string[] }>> = {
  "char-small": { spec: { kind: "lm", cell: "lstm", ...small }, phases: BOTH },
  "char-medium": { spec: { cell: "lstm", ...medium }, phases: BOTH },
  "word-large": { spec: { kind: "lm", cell: "lstm", B: 20, T: 35, V: 10000, emb: 200, H: 200, L: 2 }, phases: BOTH },
  big: { spec: { kind: "lm", cell: "lstm", B: 32, T: 128, V: 256, emb: 256, H: 512, L: 2 }, phases: BOTH },
  "gru-small": { spec: { kind: "lm", cell: "gru", ...small }, phases: BOTH },
  "elman-small": { spec: { kind: "lm", cell: "elman", ...small }, phases: BOTH },
  tagger: {
    spec: {
      kind: "tagger",
      cell: "lstm",
      B: 32,
      T: 40,
      V: 10000,
      emb: 100,
      H: 100,
      L: 1,
      bidirectional: true,
      labels: 17,
    },
    phases: BOTH,
  },
  long: { spec: { kind: "regress", cell: "lstm", B: 16, T: 1000, input: 2, H: 128, L: 1 }, phases: BOTH },
  seq2seq: {
    spec: { kind: "seq2seq", cell: "lstm", B: 32, Tsrc: 20, Ttgt: 20, V: 5000, emb: 128, H: 128, L: 1 },
    phases: ["train"],
  },
  "custom-peephole": { spec: { cell: "customPeephole", ...medium }, phases: ["train"] },
  "custom-layernorm": { spec: { cell: "customLayerNorm", ...medium }, phases: ["train"] },
  "stream-h64": { spec: { ...stream, H: 64, L: 1, input: 64 }, phases: STREAM },
  "stream-h128": { spec: { ...stream, H: 128, L: 1, input: 128 }, phases: STREAM },
  "stream-h256x2": { spec: { ...stream, H: 256, L: 2, input: 256 }, phases: STREAM },
  "stream-h512x2": { spec: { ...stream, H: 512, L: 2, input: 512 }, phases: STREAM },
};

/** The models that `bench` knows. */
export const MODEL_NAMES: readonly string[] = Object.keys(MODELS);

/** What `bench` measures beside models. */
const TOOLS = ["matmul", "start", "cells"];

/** Every built-in workload. */
export function builtIn(): Workload[] {
  return MODEL_NAMES.flatMap(workloadsCalled);
}

/** The built-in workloads called `name`: `<model>` or `<model>.<phase>`. Errors: `E_USAGE` listing the known ones. */
export function workloadsCalled(name: string): Workload[] {
  const [model, ...rest] = name.split(".");
  if (!Object.hasOwn(MODELS, model)) {
    throw badUsage(`bench: there is no model "${model}"`, [...MODEL_NAMES, ...TOOLS], model);
  }
  const { spec, phases } = MODELS[model];
  const phase = rest.length > 0 ? rest.join(".") : undefined;
  if (phase !== undefined && !phases.includes(phase)) {
    throw badUsage(`bench: ${model} has no phase "${phase}"`, phases, phase);
  }
  const asked = phase === undefined ? phases : [phase];
  return asked.map((each) => ({ name: `${model}.${each}`, phase: each, ...spec, optimizer: OPTIMIZER }));
}

/** A workload given as JSON by a runner that measures many peers, with the settings of this run. */
export interface GivenWorkload {
  readonly workload: Workload;
  readonly threads?: number;
  readonly budgetS?: number;
}

const COUNTS = ["B", "H", "L", "T", "V", "emb", "input", "labels", "Tsrc", "Ttgt", "threads"] as const;
const RATES = ["lr", "beta1", "beta2", "eps", "clipGlobalNorm"] as const;

/** Read a runner's JSON; what it leaves out of the optimizer is as built in. Errors: `E_USAGE` naming the field. */
export function workloadFrom(name: string, json: string): GivenWorkload {
  const spec = recordOf("the JSON", parse(json));
  for (const field of ["kind", "cell", "phase"]) {
    if (typeof spec[field] !== "string") throw badField(field, "a name", spec[field]);
  }
  const needed = ["B", "H", "L"];
  for (const field of COUNTS) {
    const value = spec[field];
    if (value === undefined && !needed.includes(field)) continue;
    if (!Number.isInteger(value) || Number(value) < 1) throw badField(field, "a whole number from 1", value);
  }
  const { budgetS } = spec;
  if (budgetS !== undefined && !(Number(budgetS) > 0)) throw badField("budgetS", "seconds above 0", budgetS);
  const rates: OptimizerSpec = { ...OPTIMIZER, ...recordOf("optimizer", spec.optimizer ?? {}) };
  for (const field of RATES) {
    if (typeof rates[field] !== "number") throw badField(`optimizer.${field}`, "a number", rates[field]);
  }
  const { threads, budgetS: _, ...model } = spec as unknown as Workload & { threads?: number; budgetS?: number };
  return { workload: { ...model, name, optimizer: rates }, threads, budgetS: budgetS as number | undefined };
}

function badField(field: string, expected: string, received: unknown): HiddenstateError {
  return badUsage(`bench: ${field} must be ${expected}, received ${String(received)}`);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw badField("the second argument", "a workload's specification in JSON", json);
  }
}

function recordOf(what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badField(what, "an object", JSON.stringify(value));
  }
  return value as Record<string, unknown>;
}
