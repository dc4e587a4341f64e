import type { FloatType, Kernels } from "../kernels.js";
import { adaptiveOptimizers } from "./adaptive-optimizers.js";
import { elementwise } from "./elementwise.js";
import { losses } from "./losses.js";
import { masks } from "./masks.js";
import { matmul } from "./matmul.js";
import { optimizers } from "./optimizers.js";
import { rows } from "./rows.js";
import { viewsOf, type HeapViews } from "./views.js";

export type { HeapViews } from "./views.js";

/**
 * The complete kernel table in plain TypeScript: the definition of every kernel.
 *
 * It computes in double, rounds where it stores, and needs of the heap only views. Faster tables override its entries.
 */
export function reference(heap: HeapViews, dtype: FloatType): Kernels {
  const views = viewsOf(heap, dtype);
  return {
    dtype,
    bytes: dtype === "f32" ? 4 : 8,
    ...matmul(views),
    ...elementwise(views),
    ...rows(views),
    ...losses(views),
    ...masks(views),
    ...optimizers(views),
    ...adaptiveOptimizers(views),
  };
}
