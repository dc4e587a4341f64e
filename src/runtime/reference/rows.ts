import type { Kernels } from "../kernels.js";
import { span, type Views } from "./views.js";

/** Copying, gathering and scattering of rows in the reference table. */
export function rows({ floats, ints }: Views): Pick<Kernels, "copyColumns" | "gatherRows" | "scatterAddRows"> {
  return {
    copyColumns(out, ldo, a, lda, count, cols) {
      const y = floats(out, span(count, cols, ldo));
      const x = floats(a, span(count, cols, lda));
      for (let r = 0; r < count; r++) {
        for (let c = 0; c < cols; c++) y[r * ldo + c] = x[r * lda + c]!;
      }
    },

    gatherRows(out, table, index, count, width) {
      const at = ints(index, count);
      const y = floats(out, count * width);
      const x = floats(table, heightOf(at) * width);
      for (let r = 0; r < count; r++) {
        const from = at[r]! * width;
        for (let c = 0; c < width; c++) y[r * width + c] = from < 0 ? 0 : x[from + c]!;
      }
    },

    scatterAddRows(table, a, index, count, width) {
      const at = ints(index, count);
      const y = floats(table, heightOf(at) * width);
      const x = floats(a, count * width);
      for (let r = 0; r < count; r++) {
        const to = at[r]! * width;
        if (to < 0) continue;
        for (let c = 0; c < width; c++) y[to + c] = y[to + c]! + x[r * width + c]!;
      }
    },
  };
}

/** Rows a table must have for every index to lie inside it. */
function heightOf(index: Int32Array): number {
  let last = -1;
  for (const row of index) last = Math.max(last, row);
  return last + 1;
}
