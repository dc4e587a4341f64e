import { adadeltaRange, adagradRange, rmspropRange } from "./adaptive-optimizers";
import { after, loadPart, storePart } from "./lanes";
import { RECORD, address, countOf, field, gradientRow, gradOf, rowsBelow, rowsOf, sizeOf, whole, widthOf } from "./table";

/**
 * Optimizers: one call updates every tensor of a table. Each is cut into pieces of about PIECE elements; the pieces of
 * all tensors are dealt to the workers in turn. Rows without a gradient have the gradient 0 and are updated like others.
 */

const PIECE: i32 = 8192;

// Which optimizer.
const ADAM: i32 = 0;
const SGD: i32 = 1;
const RMSPROP: i32 = 2;
const ADAGRAD: i32 = 3;
const ADADELTA: i32 = 4;

// Fields of a record; the first ones are those of the gradient.
const P: usize = 6;
const SCALE: usize = 7;
const LR: usize = 8;
const DECAY: usize = 9;
const M: usize = 10;
const V: usize = 11;
const BETA1: usize = 12;
const BETA2: usize = 13;
const EPS: usize = 14;
const DECOUPLED: usize = 15;
const CORRECTION1: usize = 16;
const CORRECTION2: usize = 17;
const LAZY: usize = 18;
const BUFFER: usize = 10;
const MOMENTUM: usize = 11;
const DAMPENING: usize = 12;
const NESTEROV: usize = 13;
const FIRST: usize = 14;

/** One vector of Adam, of which `count` lanes exist. Inlined: with four of them the bounds fold away. */
// @ts-ignore: decorator
@inline
function adamStep(
  p: usize, m: usize, v: usize, g: v128, count: i32, decays: bool, coupled: v128, shrink: v128,
  into1: v128, keep2: v128, into2: v128, stepSize: v128, root: v128, eps: v128,
): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  if (decays) g = f32x4.add(g, f32x4.mul(coupled, w));
  const m0 = loadPart(m, count, zero);
  const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), into1));
  const v1 = f32x4.add(f32x4.mul(loadPart(v, count, zero), keep2), f32x4.mul(into2, f32x4.mul(g, g)));
  const size = f32x4.add(f32x4.mul(f32x4.sqrt(v1), root), eps);
  storePart(m, m1, count);
  storePart(v, v1, count);
  storePart(p, f32x4.sub(f32x4.mul(w, shrink), f32x4.div(f32x4.mul(stepSize, m1), size)), count);
}

/** Adam for elements first … first + n − 1; `grad` is where theirs begin, 0 for none. Scalars are rounded once. */
function adamRange(record: usize, first: i32, n: i32, grad: usize): void {
  let p = after(address(record, P), first);
  let m = after(address(record, M), first);
  let v = after(address(record, V), first);
  const lr = field(record, LR);
  const decay = field(record, DECAY);
  const decoupled = field(record, DECOUPLED) != 0;
  const by = f32x4.splat(<f32>field(record, SCALE));
  const coupled = f32x4.splat(<f32>decay);
  const decays = !decoupled && decay != 0;
  const shrink = f32x4.splat(decoupled ? <f32>(1.0 - lr * decay) : 1);
  const into1 = f32x4.splat(<f32>(1.0 - field(record, BETA1)));
  const keep2 = f32x4.splat(<f32>field(record, BETA2));
  const into2 = f32x4.splat(<f32>(1.0 - field(record, BETA2)));
  const stepSize = f32x4.splat(<f32>(lr / field(record, CORRECTION1)));
  const root = f32x4.splat(<f32>(1.0 / Math.sqrt(field(record, CORRECTION2))));
  const floor = f32x4.splat(<f32>field(record, EPS));
  const last = after(p, n & ~3);
  const rest = n & 3;
  const zero = f32x4.splat(0);
  let g = f32x4.mul(zero, by);
  if (grad == 0) {
    while (p < last) {
      adamStep(p, m, v, g, 4, decays, coupled, shrink, into1, keep2, into2, stepSize, root, floor);
      p += 16;
      m += 16;
      v += 16;
    }
  } else {
    while (p < last) {
      g = f32x4.mul(v128.load(grad), by);
      adamStep(p, m, v, g, 4, decays, coupled, shrink, into1, keep2, into2, stepSize, root, floor);
      p += 16;
      m += 16;
      v += 16;
      grad += 16;
    }
    g = f32x4.mul(loadPart(grad, rest, zero), by);
  }
  if (rest) adamStep(p, m, v, g, rest, decays, coupled, shrink, into1, keep2, into2, stepSize, root, floor);
}

/** One vector of SGD, of which `count` lanes exist. */
// @ts-ignore: decorator
@inline
function sgdStep(
  p: usize, buf: usize, g: v128, count: i32, rate: v128, moves: bool, keep: v128, into: v128,
  decays: bool, decay: v128, nesterov: bool, first: bool,
): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  if (decays) g = f32x4.add(g, f32x4.mul(decay, w));
  if (moves) {
    let b = g;
    if (!first) b = f32x4.add(f32x4.mul(keep, loadPart(buf, count, zero)), f32x4.mul(into, g));
    storePart(buf, b, count);
    g = nesterov ? f32x4.add(g, f32x4.mul(keep, b)) : b;
  }
  storePart(p, f32x4.sub(w, f32x4.mul(rate, g)), count);
}

/** SGD for elements first … first + n − 1; `grad` is where theirs begin, 0 for none. */
function sgdRange(record: usize, first: i32, n: i32, grad: usize): void {
  let p = after(address(record, P), first);
  let buf = after(address(record, BUFFER), first);
  const by = f32x4.splat(<f32>field(record, SCALE));
  const rate = f32x4.splat(<f32>field(record, LR));
  const decays = field(record, DECAY) != 0;
  const decay = f32x4.splat(<f32>field(record, DECAY));
  const moves = field(record, MOMENTUM) != 0;
  const keep = f32x4.splat(<f32>field(record, MOMENTUM));
  const into = f32x4.splat(<f32>(1.0 - field(record, DAMPENING)));
  const nesterov = field(record, NESTEROV) != 0;
  const begins = field(record, FIRST) != 0;
  const last = after(p, n & ~3);
  const rest = n & 3;
  const zero = f32x4.splat(0);
  let g = f32x4.mul(zero, by);
  while (p < last) {
    if (grad != 0) {
      g = f32x4.mul(v128.load(grad), by);
      grad += 16;
    }
    sgdStep(p, buf, g, 4, rate, moves, keep, into, decays, decay, nesterov, begins);
    p += 16;
    buf += 16;
  }
  if (rest) {
    if (grad != 0) g = f32x4.mul(loadPart(grad, rest, zero), by);
    sgdStep(p, buf, g, rest, rate, moves, keep, into, decays, decay, nesterov, begins);
  }
}

/** A range of elements, by whichever optimizer. */
function range(kind: i32, record: usize, first: i32, n: i32, grad: usize): void {
  if (n <= 0) return;
  if (kind == ADAM) adamRange(record, first, n, grad);
  else if (kind == SGD) sgdRange(record, first, n, grad);
  else if (kind == RMSPROP) rmspropRange(record, first, n, grad);
  else if (kind == ADAGRAD) adagradRange(record, first, n, grad);
  else adadeltaRange(record, first, n, grad);
}

/** Rows from … to − 1 of a tensor whose gradient is in rows. */
function rowRange(kind: i32, record: usize, from: i32, to: i32): void {
  const rows = rowsOf(record);
  const count = countOf(record);
  const width = widthOf(record);
  let k = rowsBelow(rows, count, from);
  while (from < to) {
    const next = k < count ? min(to, load<i32>(after(rows, k))) : to;
    range(kind, record, from * width, (next - from) * width, 0);
    from = next;
    if (from < to) {
      range(kind, record, from * width, width, gradientRow(record, k, from));
      from++;
      k++;
    }
  }
}

/** The rows that have a gradient, the k-th for k = from … to − 1, and no others. */
function lazyRange(kind: i32, record: usize, from: i32, to: i32): void {
  const rows = rowsOf(record);
  const width = widthOf(record);
  for (let k = from; k < to; k++) {
    const row = load<i32>(after(rows, k));
    range(kind, record, row * width, width, gradientRow(record, k, row));
  }
}

function update(kind: i32, table: usize, count: i32, worker: i32, workers: i32): void {
  workers = max(1, workers);
  /** Pieces to pass over before the next of this worker. */
  let skip = worker;
  for (const end = table + RECORD * count; table < end; table += RECORD) {
    const rows = rowsOf(table);
    const width = rows == 0 ? 1 : widthOf(table);
    const lazy = kind == ADAM && rows != 0 && field(table, LAZY) != 0;
    const units = lazy ? countOf(table) : width == 0 ? 0 : sizeOf(table) / width;
    const piece = max(1, PIECE / max(1, width));
    const pieces = (units + piece - 1) / piece;
    let mine = skip;
    for (; mine < pieces; mine += workers) {
      const from = mine * piece;
      const to = min(units, from + piece);
      if (rows == 0) range(kind, table, from, to - from, after(gradOf(table), from));
      else if (lazy) lazyRange(kind, table, from, to);
      else rowRange(kind, table, from, to);
    }
    skip = mine - pieces;
  }
}

/** Adam / AdamW, PyTorch's form, for every tensor of the table. */
export function adam(table: usize, count: i32, worker: i32, workers: i32): void {
  update(ADAM, table, count, worker, workers);
}

/** SGD with momentum, PyTorch's form, for every tensor of the table; the buffer may be 0 without momentum. */
export function sgd(table: usize, count: i32, worker: i32, workers: i32): void {
  update(SGD, table, count, worker, workers);
}

/** RMSprop, PyTorch's form, for every tensor of the table. */
export function rmsprop(table: usize, count: i32, worker: i32, workers: i32): void {
  update(RMSPROP, table, count, worker, workers);
}

/** Adagrad, PyTorch's form, for every tensor of the table. */
export function adagrad(table: usize, count: i32, worker: i32, workers: i32): void {
  update(ADAGRAD, table, count, worker, workers);
}

/** Adadelta, PyTorch's form, for every tensor of the table. */
export function adadelta(table: usize, count: i32, worker: i32, workers: i32): void {
  update(ADADELTA, table, count, worker, workers);
}
