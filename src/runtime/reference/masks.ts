import type { Kernels } from "../kernels.js";
import { bits } from "../random.js";
import type { Views } from "./views.js";

/** Random masks of the reference table: a pure function of keys, row and column, so that no order of work shows. */
export function masks({ floats, ints }: Views): Pick<Kernels, "dropoutMask"> {
  return {
    dropoutMask(out, rows, cols, k0, k1, p, index) {
      const y = floats(out, rows * cols);
      const row = index === 0 ? undefined : ints(index, rows);
      // p = 1 gives 2^32, above every hash: all is dropped and keep is never stored.
      const threshold = Math.floor(p * 4294967296);
      const keep = 1 / (1 - p);
      for (let r = 0; r < rows; r++) {
        const i = row === undefined ? r : row[r]!;
        for (let c = 0; c < cols; c++) y[r * cols + c] = bits(k0, k1, i, c) < threshold ? 0 : keep;
      }
    },
  };
}
