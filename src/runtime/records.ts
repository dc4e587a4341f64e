/**
 * Tables of tensors: what `squares`, `adam` and `sgd` read, so that one call does the work of all tensors. A record is
 * RECORD_WORDS float64, in which addresses and sizes are exact. `kernels/table.ts` and `kernels/optimizers.ts` read the same.
 */

/** Float64 words of one record. */
export const RECORD_WORDS = 24;

/** A gradient: the first fields of every record. */
export interface GradientRecord {
  /** Address of the gradient's numbers; not read when there are none. */
  readonly gradient: number;
  /** Elements of the tensor. */
  readonly size: number;
  /** Address of int32 numbers of the rows that have a gradient, ascending, each once; 0: the gradient is whole. */
  readonly rows: number;
  /** How many rows have one. */
  readonly count: number;
  /** Elements of a row, > 0 where `rows` is not 0. */
  readonly width: number;
  /** Where the k-th row's gradient is: at `gradient` + k·width, or where it would be in a whole one (spread). */
  readonly spread: boolean;
}

/** A tensor, its gradient and how much of it to take. */
export interface ScaledGradient extends GradientRecord {
  /** Address of the tensor itself. */
  readonly parameter: number;
  /** Factor on the gradient. */
  readonly gradScale: number;
  readonly lr: number;
}

/** What every update knows. */
export interface UpdateRecord extends ScaledGradient {
  readonly weightDecay: number;
}

/** Adam and AdamW. */
export interface AdamRecord extends UpdateRecord {
  readonly mean: number;
  readonly square: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** AdamW: the decay shrinks the parameter and does not enter the gradient. */
  readonly decoupled: boolean;
  readonly biasCorrection1: number;
  readonly biasCorrection2: number;
  /** Update only the rows that have a gradient. */
  readonly lazy: boolean;
}

/** SGD. */
export interface SgdRecord extends UpdateRecord {
  /** Address of the moving sum; may be 0 without momentum. */
  readonly buffer: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  /** Whether this is the first update: the buffer becomes the gradient. */
  readonly first: boolean;
}

const GRADIENT = ["gradient", "size", "rows", "count", "width", "spread"] as const satisfies (keyof GradientRecord)[];
const UPDATE = [...GRADIENT, "parameter", "gradScale", "lr", "weightDecay"] as const satisfies (keyof UpdateRecord)[];
const ADAM = [
  ...UPDATE,
  "mean",
  "square",
  "beta1",
  "beta2",
  "eps",
  "decoupled",
  "biasCorrection1",
  "biasCorrection2",
  "lazy",
] as const satisfies (keyof AdamRecord)[];
const SGD = [...UPDATE, "buffer", "momentum", "dampening", "nesterov", "first"] as const satisfies (keyof SgdRecord)[];

function writer<R>(fields: readonly (keyof R & string)[]): (words: Float64Array, place: number, record: R) => void {
  return (words, place, record) => {
    for (let i = 0; i < fields.length; i++) words[place * RECORD_WORDS + i] = Number(record[fields[i]!]);
  };
}

function reader<R>(fields: readonly (keyof R & string)[], flags: readonly string[]) {
  return (words: Float64Array, place: number): R => {
    const record: Record<string, number | boolean> = {};
    fields.forEach((field, i) => {
      const word = words[place * RECORD_WORDS + i]!;
      record[field] = flags.includes(field) ? word !== 0 : word;
    });
    return record as R;
  };
}

const FLAGS = ["spread", "decoupled", "lazy", "nesterov", "first"];

/** Put a record in its place in a table. */
export const writeGradient = writer<GradientRecord>(GRADIENT);
/** Put a record in its place in a table. */
export const writeAdam = writer<AdamRecord>(ADAM);
/** Put a record in its place in a table. */
export const writeSgd = writer<SgdRecord>(SGD);
/** The record in a place of a table. */
export const readGradient = reader<GradientRecord>(GRADIENT, FLAGS);
/** The record in a place of a table. */
export const readAdam = reader<AdamRecord>(ADAM, FLAGS);
/** The record in a place of a table. */
export const readSgd = reader<SgdRecord>(SGD, FLAGS);

/** Elements of the tensor in a place of a table, without reading the rest. */
export function sizeAt(words: Float64Array, place: number): number {
  return words[place * RECORD_WORDS + GRADIENT.indexOf("size")]!;
}
