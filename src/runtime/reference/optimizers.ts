import type { Kernels } from "../kernels.js";
import { RECORD_WORDS, readAdam, readSgd, type UpdateRecord } from "../records.js";
import { type Stretch, stretches } from "./stretches.js";
import type { Floats, Views } from "./views.js";

/** Parameter updates of the reference table. */
export function optimizers({ floats, ints, doubles, dtype }: Views): Pick<Kernels, "adam" | "sgd"> {
  const bytes = dtype === "f64" ? 8 : 4;

  /** Every element's gradient, or only where there is one. */
  const gradientOf = (record: UpdateRecord, lazy: boolean): Stretch[] => {
    const found = stretches(record, ints, bytes);
    if (lazy || record.rows === 0) return found;
    const whole: Stretch[] = [];
    let at = 0;
    for (const stretch of found) {
      if (stretch[0] > at) whole.push([at, stretch[0] - at, 0]);
      whole.push(stretch);
      at = stretch[0] + stretch[1];
    }
    if (at < record.size) whole.push([at, record.size - at, 0]);
    return whole;
  };
  const numbers = ([, n, from]: Stretch): Floats => (from === 0 ? new Float64Array(n) : floats(from, n));

  return {
    adam(table, count) {
      const words = doubles(table, count * RECORD_WORDS);
      for (let place = 0; place < count; place++) {
        const record = readAdam(words, place);
        const { lr, weightDecay, decoupled, beta1, beta2, eps, gradScale, size } = record;
        const w = floats(record.parameter, size);
        const mean = floats(record.mean, size);
        const square = floats(record.square, size);
        const shrink = decoupled ? 1 - lr * weightDecay : 1;
        const coupled = decoupled ? 0 : weightDecay;
        const stepSize = lr / record.biasCorrection1;
        const root = Math.sqrt(record.biasCorrection2);
        for (const stretch of gradientOf(record, record.lazy)) {
          const grads = numbers(stretch);
          for (let j = 0, i = stretch[0]; j < grads.length; j++, i++) {
            let g = grads[j]! * gradScale;
            if (coupled !== 0) g += coupled * w[i]!;
            const m1 = mean[i]! + (g - mean[i]!) * (1 - beta1);
            const v1 = square[i]! * beta2 + (1 - beta2) * (g * g);
            mean[i] = m1;
            square[i] = v1;
            w[i] = w[i]! * shrink - (stepSize * m1) / (Math.sqrt(v1) / root + eps);
          }
        }
      }
    },

    sgd(table, count) {
      const words = doubles(table, count * RECORD_WORDS);
      for (let place = 0; place < count; place++) {
        const record = readSgd(words, place);
        const { lr, weightDecay, momentum, dampening, nesterov, first, gradScale, size } = record;
        const w = floats(record.parameter, size);
        const moving = momentum === 0 ? undefined : floats(record.buffer, size);
        for (const stretch of gradientOf(record, false)) {
          const grads = numbers(stretch);
          for (let j = 0, i = stretch[0]; j < grads.length; j++, i++) {
            let g = grads[j]! * gradScale;
            if (weightDecay !== 0) g += weightDecay * w[i]!;
            if (moving !== undefined) {
              const b = first ? g : momentum * moving[i]! + (1 - dampening) * g;
              moving[i] = b;
              g = nesterov ? g + momentum * b : b;
            }
            w[i] = w[i]! - lr * g;
          }
        }
      }
    },
  };
}
