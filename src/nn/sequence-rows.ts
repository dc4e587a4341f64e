/** The door of a recurrent layer: which row of [T, B, ·] is which packed row, and back. */
import { packRows, reversedRows, type Rows } from "../cell/index.js";
import { concat, gatherRows, reshape, Tensor } from "../tensor/index.js";
import { type Piece, type Pieces, piecesOf, type StepSelection } from "./sequence-pieces.js";

/** Between [T, B, ·] and the packed rows of its pieces; P pieces, as many as sequences where nothing begins anew. */
export interface SequenceRows {
  readonly rows: Rows;
  /** [T, B, F] → packed [R, F]. */
  pack(x: Tensor): Tensor;
  /** Packed [R, F] → [T, B, F], zeros where there is no step. */
  unpack(x: Tensor): Tensor;
  /** Packed rows with every piece turned around; its own inverse. */
  reverse(x: Tensor): Tensor;
  /** A value per sequence, [B, F] in the caller's order → [P, F], one row per packed piece. */
  sort(value: Tensor): Tensor;
  /**
   * What the pieces start from, [P, F]: the piece of a sequence that is read first from its row of `state` [B, F], pieces
   * that begin anew from its row of `anew` [B, F]; zero where that is absent, undefined where all of it is.
   */
  enter(state: Tensor | undefined, anew: Tensor | undefined, reverse: boolean): Tensor | undefined;
  /** The states at the ends of the pieces, [P, F] → [B, F] in the caller's order, those of the pieces that are read last. */
  leave(final: Tensor, reverse: boolean): Tensor;
  /** Original row t·B + b of every packed row (what a dropout mask is a function of); null: the packed row itself. */
  readonly original: Tensor | null;
  /** Original sequence b of every packed piece; null: no sequence moved. */
  readonly order: Tensor | null;
  /** Original sequence b of every packed row, made when first asked for. */
  sequences(): Tensor;
}

/**
 * The rows of a batch of B sequences of up to T steps. With nothing selected all have T steps, and no row moves.
 *
 * Errors: as `piecesOf`.
 */
export function sequenceRows(who: string, T: number, B: number, selection: StepSelection = {}): SequenceRows {
  const { lengths, mask, reset } = selection;
  const cut = (lengths ?? mask ?? reset) === undefined ? null : piecesOf(who, T, B, selection);
  const packed = packRows(cut?.pieces.map(({ steps }) => steps.length) ?? Array.from({ length: B }, () => T));
  const rows = cut === null ? packed : { ...packed, order: packed.order.map((p) => cut.pieces[p].sequence) };
  // Computed when first needed: a forward pass over full sequences needs none of them.
  let mirror: Tensor | null = null;
  const reverse = (x: Tensor): Tensor => gatherRows(x, (mirror ??= Tensor.from(reversedRows(rows))));
  let owners: Tensor | null = null;
  const sequences = (): Tensor => (owners ??= Tensor.from(sequenceOfRows(rows)));
  if (cut === null || (rows.batch === B && rows.full && rows.steps === T && !cut.anew.includes(true))) {
    return {
      rows,
      pack: (x) => reshape(x, [T * B, x.shape[2]]),
      unpack: (x) => reshape(x, [T, B, x.shape[1]]),
      reverse,
      sort: (value) => value,
      enter: (state) => state,
      leave: (final) => final,
      original: null,
      order: null,
      sequences,
    };
  }
  const { there, back } = packedSteps(rows, packed.order, cut.pieces, T * B);
  const [toPacked, toPadded, toPieces] = [there, back, rows.order].map((index) => Tensor.from(index));
  return {
    rows,
    pack: (x) => gatherRows(reshape(x, [T * B, x.shape[2]]), toPacked),
    unpack: (x) => reshape(gatherRows(x, toPadded), [T, B, x.shape[1]]),
    reverse,
    sort: (value) => gatherRows(value, toPieces),
    ...passages(packed.order, rows.order, cut),
    original: toPacked,
    order: toPieces,
    sequences,
  };
}

/** Original row of every packed row, and back: −1 where there is no step. */
function packedSteps(
  { rows, steps, active, offsets, order }: Rows,
  pieceOf: Int32Array,
  pieces: readonly Piece[],
  all: number,
): { readonly there: Int32Array; readonly back: Int32Array } {
  const there = new Int32Array(rows);
  const back = new Int32Array(all).fill(-1);
  // T·B rows of B sequences each.
  const B = pieces.length === 0 ? 0 : pieces[pieces.length - 1].sequence + 1;
  for (let s = 0; s < steps; s++) {
    for (let r = 0; r < active[s]; r++) {
      const packed = offsets[s] + r;
      there[packed] = pieces[pieceOf[r]].steps[s] * B + order[r];
      back[there[packed]] = packed;
    }
  }
  return { there, back };
}

/** How states enter the pieces and leave them. */
function passages(
  pieceOf: Int32Array,
  order: Int32Array,
  { pieces, starts, anew: begins }: Pieces,
): Pick<SequenceRows, "enter" | "leave"> {
  const B = begins.length;
  const placeOf = new Int32Array(pieces.length);
  pieceOf.forEach((p, r) => (placeOf[p] = r));
  // Of every sequence: the piece that the direction reads first, and last.
  const outer = (last: boolean): Int32Array =>
    Int32Array.from({ length: B }, (_, b) => (last ? starts[b + 1] - 1 : starts[b]));
  return {
    enter(state, anew, reverse) {
      if (state === undefined && anew === undefined) return undefined;
      const first = outer(reverse);
      const index = Int32Array.from(pieceOf, (p, r) => {
        const b = order[r];
        if (p === first[b] && (reverse || !begins[b])) return state === undefined ? -1 : b;
        // A negative row is one of zeros.
        return anew === undefined ? -1 : b + (state === undefined ? 0 : B);
      });
      const known = [state, anew].filter((value) => value !== undefined);
      return gatherRows(known.length === 1 ? known[0] : concat(known, 0), Tensor.from(index));
    },
    leave: (final, reverse) => gatherRows(final, Tensor.from(outer(!reverse).map((p) => placeOf[p]))),
  };
}

function sequenceOfRows({ rows, steps, active, offsets, order }: Rows): Int32Array {
  const owners = new Int32Array(rows);
  for (let s = 0; s < steps; s++) owners.set(order.subarray(0, active[s]), offsets[s]);
  return owners;
}
