/**
 * Tables of tensors: what `squares` and the optimizers read, so that one call does the work of all tensors. A record is
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

/** RMSprop. */
export interface RmspropRecord extends UpdateRecord {
  /** Address of the moving mean of squares. */
  readonly square: number;
  /** Address of the moving mean of gradients; may be 0 unless centered. */
  readonly mean: number;
  /** Address of the moving sum of updates; may be 0 without momentum. */
  readonly buffer: number;
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly centered: boolean;
}

/** Adagrad. */
export interface AdagradRecord extends UpdateRecord {
  /** Address of the sum of squares. */
  readonly sum: number;
  readonly eps: number;
}

/** Adadelta. */
export interface AdadeltaRecord extends UpdateRecord {
  /** Address of the moving mean of squared gradients. */
  readonly square: number;
  /** Address of the moving mean of squared updates. */
  readonly delta: number;
  readonly rho: number;
  readonly eps: number;
}

// Written out field by field: an update of a small model is a few microseconds, and so is a loop over names.

/** Put a record in its place in a table. */
export function writeGradient(words: Float64Array, place: number, record: GradientRecord): void {
  const at = place * RECORD_WORDS;
  words[at] = record.gradient;
  words[at + 1] = record.size;
  words[at + 2] = record.rows;
  words[at + 3] = record.count;
  words[at + 4] = record.width;
  words[at + 5] = Number(record.spread);
}

/** Put a record in its place in a table. */
export function writeAdam(words: Float64Array, place: number, record: AdamRecord): void {
  writeUpdate(words, place, record);
  const at = place * RECORD_WORDS + 10;
  words[at] = record.mean;
  words[at + 1] = record.square;
  words[at + 2] = record.beta1;
  words[at + 3] = record.beta2;
  words[at + 4] = record.eps;
  words[at + 5] = Number(record.decoupled);
  words[at + 6] = record.biasCorrection1;
  words[at + 7] = record.biasCorrection2;
  words[at + 8] = Number(record.lazy);
}

/** Put a record in its place in a table. */
export function writeSgd(words: Float64Array, place: number, record: SgdRecord): void {
  writeUpdate(words, place, record);
  const at = place * RECORD_WORDS + 10;
  words[at] = record.buffer;
  words[at + 1] = record.momentum;
  words[at + 2] = record.dampening;
  words[at + 3] = Number(record.nesterov);
  words[at + 4] = Number(record.first);
}

/** Put a record in its place in a table. */
export function writeRmsprop(words: Float64Array, place: number, record: RmspropRecord): void {
  writeUpdate(words, place, record);
  const at = place * RECORD_WORDS + 10;
  words[at] = record.square;
  words[at + 1] = record.mean;
  words[at + 2] = record.buffer;
  words[at + 3] = record.alpha;
  words[at + 4] = record.eps;
  words[at + 5] = record.momentum;
  words[at + 6] = Number(record.centered);
}

/** Put a record in its place in a table. */
export function writeAdagrad(words: Float64Array, place: number, record: AdagradRecord): void {
  writeUpdate(words, place, record);
  const at = place * RECORD_WORDS + 10;
  words[at] = record.sum;
  words[at + 1] = record.eps;
}

/** Put a record in its place in a table. */
export function writeAdadelta(words: Float64Array, place: number, record: AdadeltaRecord): void {
  writeUpdate(words, place, record);
  const at = place * RECORD_WORDS + 10;
  words[at] = record.square;
  words[at + 1] = record.delta;
  words[at + 2] = record.rho;
  words[at + 3] = record.eps;
}

function writeUpdate(words: Float64Array, place: number, record: UpdateRecord): void {
  writeGradient(words, place, record);
  const at = place * RECORD_WORDS + 6;
  words[at] = record.parameter;
  words[at + 1] = record.gradScale;
  words[at + 2] = record.lr;
  words[at + 3] = record.weightDecay;
}

/** The record in a place of a table. */
export function readGradient(words: Float64Array, place: number): GradientRecord {
  const [gradient, size, rows, count, width, spread] = recordAt(words, place);
  return { gradient: gradient!, size: size!, rows: rows!, count: count!, width: width!, spread: spread !== 0 };
}

/** The record in a place of a table. */
export function readAdam(words: Float64Array, place: number): AdamRecord {
  const own = recordAt(words, place).subarray(10);
  return {
    ...readUpdate(words, place),
    mean: own[0]!,
    square: own[1]!,
    beta1: own[2]!,
    beta2: own[3]!,
    eps: own[4]!,
    decoupled: own[5] !== 0,
    biasCorrection1: own[6]!,
    biasCorrection2: own[7]!,
    lazy: own[8] !== 0,
  };
}

/** The record in a place of a table. */
export function readSgd(words: Float64Array, place: number): SgdRecord {
  const own = recordAt(words, place).subarray(10);
  return {
    ...readUpdate(words, place),
    buffer: own[0]!,
    momentum: own[1]!,
    dampening: own[2]!,
    nesterov: own[3] !== 0,
    first: own[4] !== 0,
  };
}

/** The record in a place of a table. */
export function readRmsprop(words: Float64Array, place: number): RmspropRecord {
  const own = recordAt(words, place).subarray(10);
  return {
    ...readUpdate(words, place),
    square: own[0]!,
    mean: own[1]!,
    buffer: own[2]!,
    alpha: own[3]!,
    eps: own[4]!,
    momentum: own[5]!,
    centered: own[6] !== 0,
  };
}

/** The record in a place of a table. */
export function readAdagrad(words: Float64Array, place: number): AdagradRecord {
  const own = recordAt(words, place).subarray(10);
  return { ...readUpdate(words, place), sum: own[0]!, eps: own[1]! };
}

/** The record in a place of a table. */
export function readAdadelta(words: Float64Array, place: number): AdadeltaRecord {
  const own = recordAt(words, place).subarray(10);
  return { ...readUpdate(words, place), square: own[0]!, delta: own[1]!, rho: own[2]!, eps: own[3]! };
}

function readUpdate(words: Float64Array, place: number): UpdateRecord {
  const own = recordAt(words, place).subarray(6);
  return {
    ...readGradient(words, place),
    parameter: own[0]!,
    gradScale: own[1]!,
    lr: own[2]!,
    weightDecay: own[3]!,
  };
}

function recordAt(words: Float64Array, place: number): Float64Array {
  return words.subarray(place * RECORD_WORDS, (place + 1) * RECORD_WORDS);
}

/** Elements of the tensor in a place of a table, without reading the rest. */
export function sizeAt(words: Float64Array, place: number): number {
  return words[place * RECORD_WORDS + 1]!;
}
