/**
 * Where the rows of a tensor came from: whoever multiplies rows of a table by a matrix may multiply each distinct row
 * once. A product row is one chain over the columns, so gathering finished products gives the same bits.
 *
 * `embedding` notes it on what it makes, `reshape` and `gatherRows` hand it on; every other operation forgets it, and so
 * does whoever takes the numbers by `data()`, since they may then be anything.
 */
import type { FloatType } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import { record, recording } from "./tape.js";
import { tableGradient } from "./table-gradient.js";
import type { Tensor } from "./tensor.js";

/** Row r of a tensor, seen as a matrix of its last dimension, is row `rows[r]` of what was looked up; null: row r. */
export interface Selection {
  readonly from: Lookup;
  readonly rows: Int32Array | null;
}

/** Every row of a tensor x [.., F] as one of a few: x[r, :] = rows[index[r], :]. */
export interface DistinctRows {
  /** [U, F], the rows that occur, in order of first occurrence; what gradients are given to. */
  readonly rows: Tensor;
  /** [R] in 0 … U − 1. */
  readonly index: Int32Array;
}

/** Which rows of which table were looked up. */
export class Lookup {
  readonly #made: Tensor;
  readonly #table: Tensor;
  readonly #ids: Int32Array;
  #numbered: { readonly first: Int32Array; readonly index: Int32Array } | null = null;
  readonly #rows: (Tensor | null)[] = [null, null];

  /** @param made [.., F], the rows `ids` of `table` [V, F] */
  constructor(made: Tensor, table: Tensor, ids: Tensor) {
    this.#made = made;
    this.#table = table;
    this.#ids = numbersOf(ids);
  }

  /** Whether the rows still lie in memory as they were made. */
  get intact(): boolean {
    return this.#made.storage.alive && !this.#made.storage.handedOut;
  }

  /** The distinct rows among all that were looked up, and which of them each one is. */
  distinct(requiresGrad: boolean): DistinctRows {
    const { first, index } = (this.#numbered ??= numbered(this.#ids, this.#table.shape[0]));
    return { rows: this.#rowsAt(first, requiresGrad), index };
  }

  /** One tensor for all who ask, so that the table gets one gradient from all of them. */
  #rowsAt(first: Int32Array, requiresGrad: boolean): Tensor {
    const known = this.#rows[Number(requiresGrad)];
    if (known?.storage.alive === true) return known;
    const made = this.#made;
    const table = this.#table;
    const width = table.shape[1];
    const rows = made.emptyLike([first.length, width]);
    const at = int32Like(made, first);
    // Read from the copy and not from the table, which may have learned since.
    runtime()
      .kernels(made.dtype as FloatType)
      .gatherRows(rows.ptr, made.ptr, at.ptr, first.length, width);
    if (requiresGrad) {
      const ids = int32Like(
        made,
        first.map((r) => this.#ids[r]),
      );
      record([rows], [table], ([dRows]) => [tableGradient(table, ids, dRows!)], "embedding");
    }
    this.#rows[Number(requiresGrad)] = rows;
    return rows;
  }
}

/** The distinct rows behind x, or null where nothing is known of it or some of its numbers are its own. */
export function distinctRows(x: Tensor): DistinctRows | null {
  const selection = selectionOf(x);
  if (selection === null || !selection.from.intact || x.storage.handedOut) return null;
  const { rows, index } = selection.from.distinct(x.requiresGrad && recording([x]));
  const chosen = selection.rows;
  return { rows, index: chosen === null ? index : chosen.map((r) => index[r]) };
}

/** What is known of x. A leaf wants a gradient of its own, so what it was chosen from is nobody's business. */
function selectionOf(x: Tensor): Selection | null {
  return x.requiresGrad && x.node === null ? null : x.selection;
}

/** The selection of x in another shape, if its rows are the same ones. */
export function reshapedSelection(x: Tensor, shape: readonly number[]): Selection | null {
  return shape.at(-1) === x.shape.at(-1) ? selectionOf(x) : null;
}

/** The selection of rows `index` of x [N, ..], if x is a matrix of selected rows and none of the new ones is zeros. */
export function gatheredSelection(x: Tensor, index: Tensor): Selection | null {
  const selection = selectionOf(x);
  if (selection === null || x.rank !== 2) return null;
  const chosen = numbersOf(index);
  if (chosen.some((r) => r < 0)) return null;
  const { from, rows } = selection;
  return { from, rows: rows === null ? chosen : chosen.map((r) => rows[r]) };
}

/** Number of each table row's place in the pass under way, plus what all passes before have numbered. */
let places = new Int32Array(0);
let used = 0;

/** Number the distinct ids in order of first occurrence; nothing of the size of the table is made twice. */
function numbered(ids: Int32Array, tableRows: number): { readonly first: Int32Array; readonly index: Int32Array } {
  if (places.length < tableRows) [places, used] = [new Int32Array(tableRows), 0];
  if (used + ids.length >= 2 ** 31 - 1) {
    places.fill(0);
    used = 0;
  }
  const first: number[] = [];
  const index = new Int32Array(ids.length);
  const base = used + 1;
  for (let r = 0; r < ids.length; r++) {
    let place = places[ids[r]];
    if (place < base) {
      place = places[ids[r]] = base + first.length;
      first.push(r);
    }
    index[r] = place - base;
  }
  used += first.length;
  return { first: Int32Array.from(first), index };
}

/** A copy of int32 numbers: the caller may fill the tensor anew. */
function numbersOf({ ptr, size }: Tensor): Int32Array {
  return runtime().heap.i32(ptr, size).slice();
}

function int32Like(tensor: Tensor, values: Int32Array): Tensor {
  const made = tensor.emptyLike([values.length], "i32");
  made.set(values);
  return made;
}
