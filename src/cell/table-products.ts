/**
 * Input products of a layer whose input rows are chosen from a few: each distinct row is multiplied once.
 *
 * With x[r] = e[u(r)], e [U, I] and U far below R: x·Wᵀ is e·Wᵀ with its rows gathered, the same bits, since an element of
 * a product is one chain over the columns of x. Backwards, with S[u] = Σ dY[r] over the r with u(r) = u, r ascending:
 * dW = Sᵀ·e and de = S·W. That leaves U of R rows of the work, and two passes over the rows of dY.
 */
import { runtime, type FloatType, type Kernels } from "../runtime/index.js";
import { distinctRows, type DistinctRows, Tensor } from "../tensor/index.js";
import { inputProducts, type InputProducts } from "./input-products.js";
import type { Plan, Slot } from "./plan-format.js";
import { weightExtent, type PackedWeights, type Sized, type Workspace } from "./workspace.js";

/** Share of the rows up to which distinct ones are few: gathering and adding up cost a few hundredths of the products. */
const FEW = 0.75;

/** The distinct rows of a layer's input, or null where they are not known or not few. */
export function fewRows(x: Tensor): DistinctRows | null {
  const known = distinctRows(x);
  return known !== null && known.rows.shape[0] <= FEW * known.index.length ? known : null;
}

/** A plan and how it is fed: with x itself, or (`table`) with products of its distinct rows. */
export interface FedPlan {
  readonly plan: Plan;
  readonly table: TableProducts | null;
}

/** Feed a plan with the distinct rows of its input, if there are any and the plan lets its products be taken out. */
export function fed(plan: Plan, distinct: DistinctRows | null): FedPlan {
  const products = distinct === null ? null : inputProducts(plan);
  return products === null
    ? { plan, table: null }
    : { plan: products.plan, table: new TableProducts(products, distinct!) };
}

export class TableProducts {
  /** [U, I]; the gradient of the input is given to these. */
  readonly rows: Tensor;
  readonly #products: InputProducts;
  readonly #index: Tensor;
  readonly #kernels: Kernels;
  /** Products of the distinct rows, in the order of `products.forward`. */
  #results: readonly Tensor[] = [];

  constructor(products: InputProducts, { rows, index }: DistinctRows) {
    this.#products = products;
    this.rows = rows;
    this.#index = Tensor.from(index);
    this.#kernels = runtime().kernels(rows.dtype as FloatType);
  }

  /** Multiply the distinct rows; once, before the first `fill`. */
  multiply(sized: Sized, weights: PackedWeights): void {
    const [count, width] = this.rows.shape;
    this.#results = this.#products.forward.map(({ weight }) => {
      const { n } = weightExtent(sized, weight);
      const result = this.rows.emptyLike([count, n]);
      this.#kernels.gemm(result.ptr, n, this.rows.ptr, width, weights.at(weight), count, n, width, false);
      return result;
    });
  }

  /** Put the products of packed rows `first`, `first` + 1, … where the plan looks for them. */
  fill(work: Workspace, first: number): void {
    const index = this.#index.ptr + 4 * first;
    this.#products.forward.forEach(({ out }, i) => {
      const [, width] = this.#results[i].shape;
      this.#kernels.gatherRows(work.tensor(out.buffer).ptr, this.#results[i].ptr, index, work.rows.rows, width);
    });
  }

  /** Sums for one backward pass. */
  sums(sized: Sized): TableSums {
    return new TableSums(this.#products, this.rows, this.#index, sized);
  }
}

/** S: the rows of dY, added up by the distinct row of the input that they belong to. */
export class TableSums {
  /** [U, I] */
  readonly rows: Tensor;
  readonly #products: InputProducts;
  readonly #index: Tensor;
  readonly #sized: Sized;
  readonly #kernels: Kernels;
  /** S by the buffer that holds dY. */
  readonly #sums: ReadonlyMap<number, Tensor>;

  constructor(products: InputProducts, rows: Tensor, index: Tensor, sized: Sized) {
    this.#products = products;
    this.rows = rows;
    this.#index = index;
    this.#sized = sized;
    this.#kernels = runtime().kernels(rows.dtype as FloatType);
    const { bindings, gradients, buffers } = products.plan;
    const x = bindings.inputs[0].buffer;
    const summed = new Set([
      ...products.backward.map(({ a }) => a.buffer),
      ...gradients.flatMap((g) => (g.kind === "weight" && g.u.buffer === x ? [g.dY.buffer] : [])),
    ]);
    const zeros = (buffer: number): Tensor => {
      const { blocks, dim } = buffers[buffer];
      const sum = rows.emptyLike([rows.shape[0], blocks * sized.dims[dim]]);
      this.#kernels.fill(sum.ptr, 0, sum.size);
      return sum;
    };
    this.#sums = new Map([...summed].map((buffer) => [buffer, zeros(buffer)]));
  }

  /** Add what `backward` left behind for packed rows `first`, `first` + 1, … */
  add(work: Workspace, first: number): void {
    const index = this.#index.ptr + 4 * first;
    for (const [buffer, sum] of this.#sums) {
      this.#kernels.scatterAddRows(sum.ptr, work.tensor(buffer).ptr, index, work.rows.rows, sum.shape[1]);
    }
  }

  /** S of the whole rows that start at `slot`, if they were summed. */
  of({ buffer, block }: Slot, blocks: number): Tensor | undefined {
    return block === 0 && this.#products.plan.buffers[buffer].blocks === blocks ? this.#sums.get(buffer) : undefined;
  }

  /** The gradient of the distinct rows, [U, I]. */
  gradient(weights: PackedWeights): Tensor {
    const [count, width] = this.rows.shape;
    const gradient = this.rows.emptyLike();
    for (const { a, weight, accumulate } of this.#products.backward) {
      const { k } = weightExtent(this.#sized, weight);
      const sum = this.#sums.get(a.buffer)!;
      const packed = weights.at(weight);
      this.#kernels.gemm(gradient.ptr, width, sum.ptr, k, packed, count, width, k, accumulate);
    }
    if (this.#products.backward.length === 0) this.#kernels.fill(gradient.ptr, 0, gradient.size);
    return gradient;
  }
}
