import { after, loadPart, storePart } from "./lanes";
import { address, field } from "./table";

/** RMSprop, Adagrad and Adadelta for a range of elements; `optimizers.ts` says which ranges there are. */

// Fields of a record, as in src/runtime/records.ts.
const P: usize = 6;
const SCALE: usize = 7;
const LR: usize = 8;
const DECAY: usize = 9;
const SQUARE: usize = 10;
const MEAN: usize = 11;
const MOVING: usize = 12;
const ALPHA: usize = 13;
const EPS: usize = 14;
const MOMENTUM: usize = 15;
const CENTERED: usize = 16;
const SUM_EPS: usize = 11;
const DELTA: usize = 11;
const RHO: usize = 12;
const DELTA_EPS: usize = 13;

// @ts-ignore: decorator
@inline
function rmspropStep(
  p: usize, s: usize, m: usize, b: usize, g: v128, count: i32, rate: v128, decay: v128, decays: bool,
  keep: v128, into: v128, eps: v128, momentum: v128, moves: bool, centered: bool,
): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  if (decays) g = f32x4.add(g, f32x4.mul(decay, w));
  let spread = f32x4.add(f32x4.mul(loadPart(s, count, zero), keep), f32x4.mul(into, f32x4.mul(g, g)));
  storePart(s, spread, count);
  if (centered) {
    const mean = f32x4.add(f32x4.mul(loadPart(m, count, zero), keep), f32x4.mul(into, g));
    storePart(m, mean, count);
    spread = f32x4.max(zero, f32x4.sub(spread, f32x4.mul(mean, mean)));
  }
  let u = f32x4.div(g, f32x4.add(f32x4.sqrt(spread), eps));
  if (moves) {
    u = f32x4.add(f32x4.mul(momentum, loadPart(b, count, zero)), u);
    storePart(b, u, count);
  }
  storePart(p, f32x4.sub(w, f32x4.mul(rate, u)), count);
}

/** RMSprop for elements first … first + n − 1; `grad` is where theirs begin, 0 for none. */
export function rmspropRange(record: usize, first: i32, n: i32, grad: usize): void {
  const p = after(address(record, P), first);
  const s = after(address(record, SQUARE), first);
  const m = after(address(record, MEAN), first);
  const b = after(address(record, MOVING), first);
  const by = f32x4.splat(<f32>field(record, SCALE));
  const rate = f32x4.splat(<f32>field(record, LR));
  const decays = field(record, DECAY) != 0;
  const decay = f32x4.splat(<f32>field(record, DECAY));
  const keep = f32x4.splat(<f32>field(record, ALPHA));
  const into = f32x4.splat(<f32>(1.0 - field(record, ALPHA)));
  const eps = f32x4.splat(<f32>field(record, EPS));
  const moves = field(record, MOMENTUM) != 0;
  const momentum = f32x4.splat(<f32>field(record, MOMENTUM));
  const centered = field(record, CENTERED) != 0;
  const zero = f32x4.splat(0);
  let g = f32x4.mul(zero, by);
  let i = 0;
  for (; i <= n - 4; i += 4) {
    if (grad != 0) g = f32x4.mul(v128.load(after(grad, i)), by);
    rmspropStep(
      after(p, i), after(s, i), after(m, i), after(b, i), g, 4, rate, decay, decays,
      keep, into, eps, momentum, moves, centered,
    );
  }
  if (i == n) return;
  if (grad != 0) g = f32x4.mul(loadPart(after(grad, i), n - i, zero), by);
  rmspropStep(
    after(p, i), after(s, i), after(m, i), after(b, i), g, n - i, rate, decay, decays,
    keep, into, eps, momentum, moves, centered,
  );
}

// @ts-ignore: decorator
@inline
function adagradStep(p: usize, s: usize, g: v128, count: i32, rate: v128, decay: v128, decays: bool, eps: v128): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  if (decays) g = f32x4.add(g, f32x4.mul(decay, w));
  const sum = f32x4.add(loadPart(s, count, zero), f32x4.mul(g, g));
  storePart(s, sum, count);
  storePart(p, f32x4.sub(w, f32x4.mul(rate, f32x4.div(g, f32x4.add(f32x4.sqrt(sum), eps)))), count);
}

/** Adagrad for elements first … first + n − 1; `grad` is where theirs begin, 0 for none. */
export function adagradRange(record: usize, first: i32, n: i32, grad: usize): void {
  const p = after(address(record, P), first);
  const s = after(address(record, SQUARE), first);
  const by = f32x4.splat(<f32>field(record, SCALE));
  const rate = f32x4.splat(<f32>field(record, LR));
  const decays = field(record, DECAY) != 0;
  const decay = f32x4.splat(<f32>field(record, DECAY));
  const eps = f32x4.splat(<f32>field(record, SUM_EPS));
  const zero = f32x4.splat(0);
  let g = f32x4.mul(zero, by);
  let i = 0;
  for (; i <= n - 4; i += 4) {
    if (grad != 0) g = f32x4.mul(v128.load(after(grad, i)), by);
    adagradStep(after(p, i), after(s, i), g, 4, rate, decay, decays, eps);
  }
  if (i == n) return;
  if (grad != 0) g = f32x4.mul(loadPart(after(grad, i), n - i, zero), by);
  adagradStep(after(p, i), after(s, i), g, n - i, rate, decay, decays, eps);
}

// @ts-ignore: decorator
@inline
function adadeltaStep(
  p: usize, s: usize, d: usize, g: v128, count: i32, rate: v128, decay: v128, decays: bool,
  keep: v128, into: v128, eps: v128,
): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  if (decays) g = f32x4.add(g, f32x4.mul(decay, w));
  const square = f32x4.add(f32x4.mul(loadPart(s, count, zero), keep), f32x4.mul(into, f32x4.mul(g, g)));
  storePart(s, square, count);
  const delta = loadPart(d, count, zero);
  const u = f32x4.mul(g, f32x4.div(f32x4.sqrt(f32x4.add(delta, eps)), f32x4.sqrt(f32x4.add(square, eps))));
  storePart(d, f32x4.add(f32x4.mul(delta, keep), f32x4.mul(into, f32x4.mul(u, u))), count);
  storePart(p, f32x4.sub(w, f32x4.mul(rate, u)), count);
}

/** Adadelta for elements first … first + n − 1; `grad` is where theirs begin, 0 for none. */
export function adadeltaRange(record: usize, first: i32, n: i32, grad: usize): void {
  const p = after(address(record, P), first);
  const s = after(address(record, SQUARE), first);
  const d = after(address(record, DELTA), first);
  const by = f32x4.splat(<f32>field(record, SCALE));
  const rate = f32x4.splat(<f32>field(record, LR));
  const decays = field(record, DECAY) != 0;
  const decay = f32x4.splat(<f32>field(record, DECAY));
  const keep = f32x4.splat(<f32>field(record, RHO));
  const into = f32x4.splat(<f32>(1.0 - field(record, RHO)));
  const eps = f32x4.splat(<f32>field(record, DELTA_EPS));
  const zero = f32x4.splat(0);
  let g = f32x4.mul(zero, by);
  let i = 0;
  for (; i <= n - 4; i += 4) {
    if (grad != 0) g = f32x4.mul(v128.load(after(grad, i)), by);
    adadeltaStep(after(p, i), after(s, i), after(d, i), g, 4, rate, decay, decays, keep, into, eps);
  }
  if (i == n) return;
  if (grad != 0) g = f32x4.mul(loadPart(after(grad, i), n - i, zero), by);
  adadeltaStep(after(p, i), after(s, i), after(d, i), g, n - i, rate, decay, decays, keep, into, eps);
}
