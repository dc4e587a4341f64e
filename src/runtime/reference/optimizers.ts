import type { Kernels } from "../kernels.js";
import { RECORD_WORDS, readAdam, readSgd } from "../records.js";
import { gradientsIn } from "./gradients.js";
import type { Views } from "./views.js";

/** Parameter updates of the reference table; the others are in `adaptive-optimizers.ts`. */
export function optimizers({ floats, ints, doubles, dtype }: Views): Pick<Kernels, "adam" | "sgd"> {
  const { gradientOf, numbers } = gradientsIn({ floats, ints, dtype });

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
