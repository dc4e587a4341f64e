/** The product that the contract of cells is checked over: every cell in every way it can be driven. */
import type { CellDefinition } from "../../src/cell/index.js";
import { CELLS } from "../../src/nn/index.js";
import { bits } from "../../src/runtime/index.js";
import { oneOfEach, REGULARISERS, regularisersFor, type Regulariser } from "../../src/testing/regulariser-table.js";

/** What is selected of a batch: whole sequences, lengths, a mask with holes, states that begin anew, segments of time. */
export const ROWS = ["full", "lengths", "mask", "reset", "segments"] as const;
export const DIRECTIONS = ["one direction", "both directions"] as const;
export const LAYERS = [1, 2, 3] as const;

/** What is dropped: nothing, each on its own, one of each kind, or a seeded choice. */
const SETTINGS = [
  "nothing",
  ...REGULARISERS.map(({ name }) => name),
  "one of each kind",
  "the last of each kind",
  "some",
] as const;

export interface Point {
  readonly cell: CellDefinition;
  readonly directions: (typeof DIRECTIONS)[number];
  readonly layers: (typeof LAYERS)[number];
  readonly rows: (typeof ROWS)[number];
  readonly setting: string;
  readonly dropped: readonly Regulariser[];
  /** Odd sizes, other ones at every point. */
  readonly sizes: { readonly T: number; readonly B: number; readonly I: number; readonly H: number };
  /** Where this point's random numbers start. */
  readonly seed: number;
}

/** All points of a cell that it has room for, those of one stack one after the other. */
export function pointsOf(name: string, cell: CellDefinition = CELLS[name]): readonly Point[] {
  const points: Point[] = [];
  for (const directions of DIRECTIONS) {
    for (const layers of LAYERS) {
      for (const rows of ROWS) {
        for (const setting of SETTINGS) {
          const seed = hash(`${name} ${directions} ${layers} ${rows} ${setting}`);
          const dropped = droppedBy(setting, cell, layers, seed);
          if (dropped === null) continue;
          const among = (first: number, count: number, i: number): number => first + (bits(seed, 1, i, 0) % count);
          // More rows than a tile of four, so that two threads share them.
          const sizes = { T: among(2, 3, 0), B: among(5, 2, 1), I: among(1, 4, 2), H: among(2, 4, 3) };
          points.push({ cell, directions, layers, rows, setting, dropped, sizes, seed });
        }
      }
    }
  }
  return points;
}

/** What a setting drops; null where the cell has no room for it, or the setting is one of the others. */
function droppedBy(setting: string, cell: CellDefinition, layers: number, seed: number): readonly Regulariser[] | null {
  const fitting = regularisersFor(cell, layers);
  if (setting === "nothing") return [];
  if (setting === "one of each kind") return oneOfEach(fitting, "first");
  if (setting === "the last of each kind") return oneOfEach(fitting, "last");
  if (setting === "some") {
    const chosen = fitting.filter((_, i) => bits(seed, 2, i, 0) % 2 === 0);
    return oneOfEach(chosen.length > 0 ? chosen : fitting, bits(seed, 3, 0, 0) % 2 === 0 ? "first" : "last");
  }
  const one = fitting.filter(({ name }) => name === setting);
  return one.length > 0 ? one : null;
}

/** A sample of points, the same for the same seed. */
export function sampleOf(points: readonly Point[], count: number, seed: number): readonly Point[] {
  const drawn = points.map((point, i) => ({ point, order: bits(seed, point.seed, i, 4) }));
  return drawn
    .toSorted((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ point }) => point);
}

/** A point as a failure says it. */
export function pointText({ directions, layers, rows, setting, dropped, sizes, seed }: Point): string {
  const { T, B, I, H } = sizes;
  const several = dropped.length > 1 ? ` (${dropped.map(({ name }) => name).join(" + ")})` : "";
  return `${directions}, layers ${layers}, ${rows}, dropping ${setting}${several}, T ${T}, B ${B}, I ${I}, H ${H}, seed ${seed}`;
}

function hash(text: string): number {
  let value = 1;
  for (const letter of text) value = bits(value, letter.codePointAt(0)!, 0, 0);
  return value;
}
