import type { Kernels } from "../kernels.js";
import { readAdadelta, readAdagrad, readRmsprop, RECORD_WORDS, type UpdateRecord } from "../records.js";
import { gradientsIn } from "./gradients.js";
import type { Floats, Views } from "./views.js";

/** RMSprop, Adagrad and Adadelta of the reference table: a step for each element that has seen its own gradients. */
export function adaptiveOptimizers({
  floats,
  ints,
  doubles,
  dtype,
}: Views): Pick<Kernels, "rmsprop" | "adagrad" | "adadelta"> {
  const { gradientOf, numbers } = gradientsIn({ floats, ints, dtype });

  /** p −= lr · step(g, i) for every element, g being scaled and decayed. */
  const move = (record: UpdateRecord, step: (g: number, i: number) => number): void => {
    const { lr, weightDecay, gradScale, size } = record;
    const w = floats(record.parameter, size);
    for (const stretch of gradientOf(record, false)) {
      const grads = numbers(stretch);
      for (let j = 0, i = stretch[0]; j < grads.length; j++, i++) {
        let g = grads[j]! * gradScale;
        if (weightDecay !== 0) g += weightDecay * w[i]!;
        w[i] = w[i]! - lr * step(g, i);
      }
    }
  };
  const each = <R>(table: number, count: number, read: (words: Float64Array, place: number) => R): R[] => {
    const words = doubles(table, count * RECORD_WORDS);
    return Array.from({ length: count }, (_, place) => read(words, place));
  };
  const memory = (ptr: number, size: number): Floats => floats(ptr, size);

  return {
    rmsprop(table, count) {
      for (const record of each(table, count, readRmsprop)) {
        const { alpha, eps, momentum, centered, size } = record;
        const square = memory(record.square, size);
        const mean = centered ? memory(record.mean, size) : undefined;
        const buffer = momentum === 0 ? undefined : memory(record.buffer, size);
        move(record, (g, i) => {
          const s = square[i]! * alpha + (1 - alpha) * (g * g);
          square[i] = s;
          let spread = s;
          if (mean !== undefined) {
            const m = mean[i]! * alpha + (1 - alpha) * g;
            mean[i] = m;
            // Rounding may bring it a little below zero, where the gradient is always the same.
            spread = Math.max(0, s - m * m);
          }
          const u = g / (Math.sqrt(spread) + eps);
          if (buffer === undefined) return u;
          const b = momentum * buffer[i]! + u;
          buffer[i] = b;
          return b;
        });
      }
    },

    adagrad(table, count) {
      for (const record of each(table, count, readAdagrad)) {
        const sum = memory(record.sum, record.size);
        move(record, (g, i) => {
          const s = sum[i]! + g * g;
          sum[i] = s;
          return g / (Math.sqrt(s) + record.eps);
        });
      }
    },

    adadelta(table, count) {
      for (const record of each(table, count, readAdadelta)) {
        const { rho, eps, size } = record;
        const square = memory(record.square, size);
        const delta = memory(record.delta, size);
        move(record, (g, i) => {
          const s = square[i]! * rho + (1 - rho) * (g * g);
          const u = (Math.sqrt(delta[i]! + eps) / Math.sqrt(s + eps)) * g;
          square[i] = s;
          delta[i] = delta[i]! * rho + (1 - rho) * (u * u);
          return u;
        });
      }
    },
  };
}
