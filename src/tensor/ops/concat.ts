import { mixedDtypes, outOfRange, shapesDoNotFit } from "../../errors.js";
import { copyBlock } from "../copy.js";
import { around, resolveAxis } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Tensors one after the other along an axis: [.., N₁, ..], [.., N₂, ..] → [.., N₁ + N₂, ..].
 *
 * Errors: `E_SHAPE` when there are none or another extent differs; `E_DTYPE`, `E_AXIS`.
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const parts = [...tensors];
  if (parts.length === 0) throw outOfRange("concat", "the number of tensors", 0, "at least one");
  const [first] = parts;
  const at = resolveAxis("concat", axis, first.shape);
  for (const part of parts) {
    if (part.dtype !== first.dtype) throw mixedDtypes("concat", [first.dtype, part.dtype]);
    const fits = part.rank === first.rank && part.shape.every((extent, i) => i === at || extent === first.shape[i]);
    if (!fits) throw shapesDoNotFit("concat", first.shape, part.shape, `all extents but axis ${at} must be equal`);
  }
  const total = parts.reduce((extent, part) => extent + part.shape[at], 0);
  const out = first.emptyLike(first.shape.with(at, total));
  const { outer, inner } = around(out.shape, at);
  const width = total * inner;
  let column = 0;
  const columns = parts.map((part) => {
    const start = column;
    const cols = part.shape[at] * inner;
    copyBlock(out, start, width, part, 0, cols, outer, cols);
    column += cols;
    return start;
  });
  record(
    [out],
    parts,
    ([dOut]) =>
      parts.map((part, i) => {
        if (!part.requiresGrad) return null;
        const dPart = part.emptyLike();
        const cols = part.shape[at] * inner;
        copyBlock(dPart, 0, cols, dOut!, columns[i], width, outer, cols);
        return dPart;
      }),
    "concat",
  );
  return out;
}
