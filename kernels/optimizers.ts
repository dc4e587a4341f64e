import { loadPart, storePart } from "./lanes";

/** One vector of Adam, of which `count` lanes exist. Inlined: with four of them the bounds fold away. */
// @ts-ignore: decorator
@inline
function adamStep(
  p: usize, m: usize, v: usize, grad: usize, count: i32, by: v128, decays: bool, coupled: v128, shrink: v128,
  into1: v128, keep2: v128, into2: v128, stepSize: v128, root: v128, eps: v128,
): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  let g = f32x4.mul(loadPart(grad, count, zero), by);
  if (decays) g = f32x4.add(g, f32x4.mul(coupled, w));
  const m0 = loadPart(m, count, zero);
  const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), into1));
  const v1 = f32x4.add(f32x4.mul(loadPart(v, count, zero), keep2), f32x4.mul(into2, f32x4.mul(g, g)));
  const size = f32x4.add(f32x4.mul(f32x4.sqrt(v1), root), eps);
  storePart(m, m1, count);
  storePart(v, v1, count);
  storePart(p, f32x4.sub(f32x4.mul(w, shrink), f32x4.div(f32x4.mul(stepSize, m1), size)), count);
}

/** Adam / AdamW, PyTorch's form; scalars are formed in float64 and rounded once. */
export function adam(
  p: usize, m: usize, v: usize, grad: usize, n: i32, gradScale: f64, lr: f64, beta1: f64, beta2: f64, eps: f64,
  weightDecay: f64, decoupled: i32, biasCorrection1: f64, biasCorrection2: f64,
): void {
  const by = f32x4.splat(<f32>gradScale);
  const coupled = f32x4.splat(<f32>weightDecay);
  const decays = !decoupled && weightDecay != 0;
  const shrink = f32x4.splat(decoupled ? <f32>(1.0 - lr * weightDecay) : 1);
  const into1 = f32x4.splat(<f32>(1.0 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const into2 = f32x4.splat(<f32>(1.0 - beta2));
  const stepSize = f32x4.splat(<f32>(lr / biasCorrection1));
  const root = f32x4.splat(<f32>(1.0 / Math.sqrt(biasCorrection2)));
  const floor = f32x4.splat(<f32>eps);
  const last = p + ((<usize>(n & ~3)) << 2);
  while (p < last) {
    adamStep(p, m, v, grad, 4, by, decays, coupled, shrink, into1, keep2, into2, stepSize, root, floor);
    p += 16;
    m += 16;
    v += 16;
    grad += 16;
  }
  const rest = n & 3;
  if (rest) adamStep(p, m, v, grad, rest, by, decays, coupled, shrink, into1, keep2, into2, stepSize, root, floor);
}

/** One vector of SGD, of which `count` lanes exist. */
// @ts-ignore: decorator
@inline
function sgdStep(
  p: usize, buf: usize, grad: usize, count: i32, by: v128, rate: v128, moves: bool, keep: v128, into: v128,
  decays: bool, decay: v128, nesterov: i32, first: i32,
): void {
  const zero = f32x4.splat(0);
  const w = loadPart(p, count, zero);
  let g = f32x4.mul(loadPart(grad, count, zero), by);
  if (decays) g = f32x4.add(g, f32x4.mul(decay, w));
  if (moves) {
    let b = g;
    if (!first) b = f32x4.add(f32x4.mul(keep, loadPart(buf, count, zero)), f32x4.mul(into, g));
    storePart(buf, b, count);
    g = nesterov ? f32x4.add(g, f32x4.mul(keep, b)) : b;
  }
  storePart(p, f32x4.sub(w, f32x4.mul(rate, g)), count);
}

/** SGD with momentum, PyTorch's form; `buf` may be 0 without momentum. */
export function sgd(
  p: usize, buf: usize, grad: usize, n: i32, gradScale: f64, lr: f64, momentum: f64, dampening: f64, weightDecay: f64,
  nesterov: i32, first: i32,
): void {
  const by = f32x4.splat(<f32>gradScale);
  const decays = weightDecay != 0;
  const decay = f32x4.splat(<f32>weightDecay);
  const moves = momentum != 0;
  const keep = f32x4.splat(<f32>momentum);
  const into = f32x4.splat(<f32>(1.0 - dampening));
  const rate = f32x4.splat(<f32>lr);
  const last = p + ((<usize>(n & ~3)) << 2);
  while (p < last) {
    sgdStep(p, buf, grad, 4, by, rate, moves, keep, into, decays, decay, nesterov, first);
    p += 16;
    buf += 16;
    grad += 16;
  }
  if (n & 3) sgdStep(p, buf, grad, n & 3, by, rate, moves, keep, into, decays, decay, nesterov, first);
}
