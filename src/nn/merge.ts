/** How the outputs of the two directions of a layer become one. */
import { badMerge, unknownValue } from "../errors.js";
import { add, concat, mul, noGrad, scale, scope, Tensor } from "../tensor/index.js";

/**
 * A merge function of your own: outputs of the forward and the reverse direction, each [R, O], row by row the same step of
 * the same sequence → [R, M]. The order of rows is the layer's own: a row must depend on that row alone. R may be any number.
 * Parameters in it are yours: give them to the optimizer.
 */
export type MergeFunction = (forward: Tensor, reverse: Tensor) => Tensor;

/** `concat`: [f, r], 2·O wide; `sum`: f + r; `mean`: (f + r) / 2; `product`: f ⊙ r, each O wide; or a function. */
export type Merge = "concat" | "sum" | "mean" | "product" | MergeFunction;

const NAMED: Readonly<Record<string, MergeFunction>> = {
  concat: (forward, reverse) => concat([forward, reverse], 1),
  sum: add,
  mean: (forward, reverse) => scale(add(forward, reverse), 0.5),
  product: mul,
};

/** Errors: `E_VALUE` for a name that is none. */
export function checkMerge(who: string, merge: Merge): Merge {
  if (typeof merge !== "function" && !Object.hasOwn(NAMED, merge)) {
    throw unknownValue(who, "merge", merge, [...Object.keys(NAMED), "a function"]);
  }
  return merge;
}

/** f, r [R, O] → [R, M]. */
export function merged(merge: Merge, forward: Tensor, reverse: Tensor): Tensor {
  return typeof merge === "function" ? merge(forward, reverse) : NAMED[merge](forward, reverse);
}

/**
 * M: features of the merged output of two directions of O. A function is called once, with zeros [2, O].
 *
 * Errors: `E_MERGE` for a function that does not give one row for each.
 */
export function mergedWidth(who: string, merge: Merge, width: number, dtype: "f32" | "f64"): number {
  if (merge === "concat") return 2 * width;
  if (typeof merge !== "function") return width;
  const zeros = (): Tensor => Tensor.zeros([2, width], dtype);
  return scope(() => {
    const made: unknown = noGrad(() => merge(zeros(), zeros()));
    if (!(made instanceof Tensor)) throw badMerge(who, width, "something that is no tensor");
    if (made.rank !== 2 || made.shape[0] !== 2) throw badMerge(who, width, `[${made.shape.join(", ")}]`);
    if (made.dtype !== dtype) throw badMerge(who, width, `numbers of kind ${made.dtype}`);
    return made.shape[1];
  });
}
