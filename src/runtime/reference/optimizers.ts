import type { Kernels } from "../kernels.js";
import type { Views } from "./views.js";

/** Parameter updates of the reference table. */
export function optimizers({ floats }: Views): Pick<Kernels, "adam" | "sgd"> {
  return {
    adam(p, m, v, grad, n, gradScale, lr, beta1, beta2, eps, weightDecay, decoupled, biasCorrection1, biasCorrection2) {
      const w = floats(p, n);
      const mean = floats(m, n);
      const square = floats(v, n);
      const grads = floats(grad, n);
      const shrink = decoupled ? 1 - lr * weightDecay : 1;
      const coupled = decoupled ? 0 : weightDecay;
      const stepSize = lr / biasCorrection1;
      const root = Math.sqrt(biasCorrection2);
      for (let i = 0; i < n; i++) {
        let g = grads[i]! * gradScale;
        if (coupled !== 0) g += coupled * w[i]!;
        const m1 = mean[i]! + (g - mean[i]!) * (1 - beta1);
        const v1 = square[i]! * beta2 + (1 - beta2) * (g * g);
        mean[i] = m1;
        square[i] = v1;
        w[i] = w[i]! * shrink - (stepSize * m1) / (Math.sqrt(v1) / root + eps);
      }
    },

    sgd(p, buf, grad, n, gradScale, lr, momentum, dampening, weightDecay, nesterov, first) {
      const w = floats(p, n);
      const grads = floats(grad, n);
      const moving = momentum === 0 ? undefined : floats(buf, n);
      for (let i = 0; i < n; i++) {
        let g = grads[i]! * gradScale;
        if (weightDecay !== 0) g += weightDecay * w[i]!;
        if (moving !== undefined) {
          const b = first ? g : momentum * moving[i]! + (1 - dampening) * g;
          moving[i] = b;
          g = nesterov ? g + momentum * b : b;
        }
        w[i] = w[i]! - lr * g;
      }
    },
  };
}
