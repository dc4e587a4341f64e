import type { FloatType, GradientRecord, Kernels } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import { RowGradient } from "./row-gradient.js";
import type { Tensor } from "./tensor.js";

/** What a `backward` may return for an input: a tensor, or for a table the rows that have a gradient. */
export type Gradient = Tensor | RowGradient;

/**
 * What has arrived at a leaf, and the memory for it, which lives where the leaf does and is kept from step to step.
 *
 * Zero is a state and not numbers, and so is a gradient in rows: numbers are written when somebody looks. The first
 * gradient to arrive after a zero can be written where it will stay (`target`, `targetRows`), so a step in which each
 * parameter is used once copies and adds nothing.
 */
export class LeafGradient {
  readonly #leaf: Tensor;
  #state: "none" | "zero" | "whole" | "rows" = "none";
  #whole: Tensor | null = null;
  /** Memory of a gradient in rows: more of it than is in use. */
  #store: RowGradient | null = null;
  /** The gradient in rows, a view of the store; beside a whole one: which rows it was made of. */
  #rows: RowGradient | null = null;
  /** Whether nothing but gradients in rows has arrived since the last zero. */
  #inRows = false;
  /** Handed out to be written, not delivered yet. */
  #claimed: Gradient | null = null;
  /** Whether somebody outside may hold the whole gradient. */
  #shown = false;

  constructor(leaf: Tensor) {
    this.#leaf = leaf;
  }

  /** The whole gradient, to be read and written by anybody; null if there is none. */
  show(): Tensor | null {
    if (this.#state === "none") return null;
    this.#shown = true;
    return this.#makeWhole();
  }

  /** Put another gradient, or none, in place of what there is. */
  replace(gradient: Tensor | null): void {
    this.#claimed = null;
    this.#rows = null;
    this.#inRows = false;
    this.#state = gradient === null ? "none" : "whole";
    if (gradient === null && !this.#shown) return;
    this.#whole = gradient;
    this.#shown = gradient !== null;
  }

  /** Set what there is to zero. */
  clear(): void {
    if (this.#state === "none") return;
    this.#claimed = null;
    this.#rows = null;
    this.#inRows = true;
    this.#state = "zero";
    // Whoever holds the numbers must see them change, and may write others.
    if (this.#shown) this.#makeWhole();
  }

  /** Memory to write ∂L/∂leaf into: its own if nothing has arrived yet. For one input of one operation alone. */
  target(): Tensor {
    if (!this.#free) return this.#leaf.emptyLike();
    return (this.#claimed = this.#whole ??= this.#own());
  }

  /** The same for a gradient in `count` rows; their numbers and values are to be written. */
  targetRows(count: number): RowGradient {
    if (!this.#free) return this.#rowsIn(count, false);
    return (this.#claimed = this.#stored(count));
  }

  /** Add what an operation returned. */
  add(gradient: Gradient): void {
    if (gradient === this.#claimed) this.#accept(gradient);
    else if (this.#state === "none" || this.#state === "zero") this.#copy(gradient);
    else if (!(gradient instanceof RowGradient)) this.#addWhole(gradient);
    else if (this.#state === "whole") this.#addRows(gradient);
    else this.#merge(gradient);
  }

  /**
   * Where it is, for kernels that read tables of tensors; null if there is none.
   *
   * @param occurring in rows also when somebody made it whole: the rows are then those that occurred
   */
  record(occurring: boolean): GradientRecord | null {
    const { size } = this.#leaf;
    if (this.#state === "none") return null;
    // Rows, of which there is none: what is at their address is not read.
    if (this.#state === "zero") return { gradient: 0, size, rows: 16, count: 0, width: 1, spread: false };
    const spread = this.#state === "whole";
    if (this.#rows === null || (spread && !occurring)) {
      return { gradient: this.#whole!.ptr, size, rows: 0, count: 0, width: 0, spread: false };
    }
    const { rows, values } = this.#rows;
    const gradient = spread ? this.#whole!.ptr : values.ptr;
    return { gradient, size, rows: rows.ptr, count: rows.size, width: values.shape[1], spread };
  }

  /** The whole gradient, if the leaf leaves its frame: the memory must go with it. */
  leave(): Tensor | null {
    if (this.#state === "none" || this.#leaf.storage.frame === null)
      return this.#state === "whole" ? this.#whole : null;
    const whole = this.#makeWhole();
    this.#store = this.#rows = null;
    return whole;
  }

  get #free(): boolean {
    return this.#claimed === null && (this.#state === "none" || this.#state === "zero");
  }

  get #kernels(): Kernels {
    return runtime().kernels(this.#leaf.dtype as FloatType);
  }

  #own(shape = this.#leaf.shape, dtype = this.#leaf.dtype): Tensor {
    return this.#leaf.emptyLike(shape, dtype, this.#leaf.storage.frame);
  }

  #makeWhole(): Tensor {
    if (this.#state === "whole") return this.#whole!;
    const whole = (this.#whole ??= this.#own());
    if (this.#state === "rows") this.#rows!.fill(whole);
    else this.#kernels.fill(whole.ptr, 0, whole.size);
    this.#state = "whole";
    return whole;
  }

  #accept(gradient: Gradient): void {
    this.#claimed = null;
    this.#inRows = gradient instanceof RowGradient;
    this.#rows = gradient instanceof RowGradient ? gradient : null;
    this.#state = this.#inRows ? "rows" : "whole";
  }

  /** Take a gradient that lies elsewhere as the first one. */
  #copy(gradient: Gradient): void {
    if (this.#claimed !== null) {
      // Memory of ours is being written by an operation that delivers later: leave it to that.
      if (this.#claimed instanceof RowGradient) this.#store = null;
      else this.#whole = null;
    }
    if (gradient instanceof RowGradient) {
      const own = this.#stored(gradient.rows.size);
      own.numbers().set(gradient.numbers());
      this.#kernels.copy(own.values.ptr, gradient.values.ptr, own.values.size);
      this.#accept(own);
    } else {
      const own = (this.#whole ??= this.#own());
      this.#kernels.copy(own.ptr, gradient.ptr, own.size);
      this.#accept(own);
    }
  }

  #addWhole(gradient: Tensor): void {
    this.#kernels.axpy(this.#makeWhole().ptr, 1, gradient.ptr, gradient.size);
    this.#rows = null;
    this.#inRows = false;
  }

  #addRows(gradient: RowGradient): void {
    gradient.addTo(this.#whole!);
    if (!this.#inRows) return;
    const present = this.#rows?.numbers().slice() ?? new Int32Array(0);
    const union = united(present, gradient.numbers());
    if (union.length > present.length) this.#rows = this.#numbered(union);
  }

  #merge(gradient: RowGradient): void {
    const before = this.#rows!;
    const union = united(before.numbers(), gradient.numbers());
    if (union.length === before.rows.size) {
      place(gradient, union).addTo(before.values);
      return;
    }
    const store = this.#store;
    const sum = this.#numbered(union);
    this.#kernels.fill(sum.values.ptr, 0, sum.values.size);
    for (const part of [before, gradient]) place(part, union).addTo(sum.values);
    this.#rows = sum;
    store?.dispose();
  }

  /** New rows of these numbers; values to be written. */
  #numbered(numbers: Int32Array): RowGradient {
    this.#store = null;
    const made = this.#stored(numbers.length);
    made.numbers().set(numbers);
    return made;
  }

  /** The first `count` rows of the store, which grows if need be. */
  #stored(count: number): RowGradient {
    if (this.#store === null || this.#store.rows.size < count) {
      const height = this.#leaf.shape[0];
      this.#store?.dispose();
      this.#store = this.#rowsIn(Math.min(height, Math.ceil(count * 1.25)), true);
    }
    const { shape, rows, values } = this.#store;
    return new RowGradient(shape, rows.view([count]), values.view([count, values.shape[1]]));
  }

  #rowsIn(count: number, own: boolean): RowGradient {
    const leaf = this.#leaf;
    const width = leaf.size / leaf.shape[0];
    const make = (shape: readonly number[], dtype: Tensor["dtype"]): Tensor =>
      own ? this.#own(shape, dtype) : leaf.emptyLike(shape, dtype);
    return new RowGradient(leaf.shape, make([count], "i32"), make([count, width], leaf.dtype));
  }
}

/** All numbers of two ascending lists, ascending, each once. */
function united(a: Int32Array, b: Int32Array): Int32Array {
  const union = new Int32Array(a.length + b.length);
  let n = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; n++) {
    const [x, y] = [i < a.length ? a[i] : Infinity, j < b.length ? b[j] : Infinity];
    union[n] = Math.min(x, y);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return union.subarray(0, n);
}

/** The same rows, numbered by their places in `union`. */
function place({ shape, rows, values }: RowGradient, union: Int32Array): RowGradient {
  const numbers = runtime().heap.i32(rows.ptr, rows.size).slice();
  const places = rows.emptyLike([rows.size]);
  let at = 0;
  places.set(
    numbers.map((row) => {
      while (union[at] !== row) at++;
      return at;
    }),
  );
  return new RowGradient(shape, places, values);
}
