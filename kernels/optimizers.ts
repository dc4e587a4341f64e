import { loadPart, storePart } from "./lanes";

/** Adam / AdamW, PyTorch's form; scalars are formed in float64 and rounded once. */
export function adam(
  p: usize, m: usize, v: usize, grad: usize, n: i32, gradScale: f64, lr: f64, beta1: f64, beta2: f64, eps: f64,
  weightDecay: f64, decoupled: i32, biasCorrection1: f64, biasCorrection2: f64,
): void {
  const zero = f32x4.splat(0);
  const by = f32x4.splat(<f32>gradScale);
  const coupled = f32x4.splat(decoupled ? 0 : <f32>weightDecay);
  const shrink = f32x4.splat(decoupled ? <f32>(1.0 - lr * weightDecay) : 1);
  const into1 = f32x4.splat(<f32>(1.0 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const into2 = f32x4.splat(<f32>(1.0 - beta2));
  const stepSize = f32x4.splat(<f32>(lr / biasCorrection1));
  const root = f32x4.splat(<f32>(1.0 / Math.sqrt(biasCorrection2)));
  const floor = f32x4.splat(<f32>eps);
  const decays = !decoupled && weightDecay != 0;
  for (let left = n; left > 0; left -= 4) {
    const w = loadPart(p, left, zero);
    let g = f32x4.mul(loadPart(grad, left, zero), by);
    if (decays) g = f32x4.add(g, f32x4.mul(coupled, w));
    const m0 = loadPart(m, left, zero);
    const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), into1));
    const v1 = f32x4.add(f32x4.mul(loadPart(v, left, zero), keep2), f32x4.mul(into2, f32x4.mul(g, g)));
    const size = f32x4.add(f32x4.mul(f32x4.sqrt(v1), root), floor);
    storePart(m, m1, left);
    storePart(v, v1, left);
    storePart(p, f32x4.sub(f32x4.mul(w, shrink), f32x4.div(f32x4.mul(stepSize, m1), size)), left);
    p += 16;
    m += 16;
    v += 16;
    grad += 16;
  }
}

/** SGD with momentum, PyTorch's form. */
export function sgd(
  p: usize, buf: usize, grad: usize, n: i32, gradScale: f64, lr: f64, momentum: f64, dampening: f64, weightDecay: f64,
  nesterov: i32, first: i32,
): void {
  const zero = f32x4.splat(0);
  const by = f32x4.splat(<f32>gradScale);
  const decay = f32x4.splat(<f32>weightDecay);
  const keep = f32x4.splat(<f32>momentum);
  const into = f32x4.splat(<f32>(1.0 - dampening));
  const rate = f32x4.splat(<f32>lr);
  for (let left = n; left > 0; left -= 4) {
    const w = loadPart(p, left, zero);
    let g = f32x4.mul(loadPart(grad, left, zero), by);
    if (weightDecay != 0) g = f32x4.add(g, f32x4.mul(decay, w));
    if (momentum != 0) {
      let b = g;
      if (!first) b = f32x4.add(f32x4.mul(keep, loadPart(buf, left, zero)), f32x4.mul(into, g));
      storePart(buf, b, left);
      g = nesterov ? f32x4.add(g, f32x4.mul(keep, b)) : b;
      buf += 16;
    }
    storePart(p, f32x4.sub(w, f32x4.mul(rate, g)), left);
    p += 16;
    grad += 16;
  }
}
