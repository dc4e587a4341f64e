/** What is said of a cell in a row of a table: its size, its stages, and what it keeps for the backward pass. */
import { planCell, widthsOf, type CellDefinition, type Plan } from "../cell/index.js";

/** A cell in figures; bytes are float32. */
export interface CellFacts {
  readonly name: string;
  /** The equations in words, "" where the definition has none. */
  readonly equations: string;
  /** Parameters of one layer in one direction, as a formula: "4HI + 4H² + 8H". */
  readonly formula: string;
  /** The same as a number, for the sizes asked for. */
  readonly parameters: number;
  /** Stages of one step: matrix products followed by a pass over the row. */
  readonly stages: { readonly forward: number; readonly backward: number };
  /** Bytes kept between the forward and the backward pass for each row of each step, beside the input. */
  readonly savedBytes: number;
  readonly reference: string;
}

/** The sizes of a cell's widths. */
export type Sizes = Readonly<Record<string, number>>;

/** The figures of a cell for an input of I and a hidden state of H units. */
export function cellFacts(cell: CellDefinition, input: number, hidden: number): CellFacts {
  const plan = planCell(cell, "train");
  const dims = widthsOf(cell, { input, hidden });
  return {
    name: cell.name,
    equations: cell.summary,
    formula: formulaOf(cell),
    parameters: termsOf(cell).reduce((sum, { blocks, of }) => sum + of.reduce((n, dim) => n * dims[dim], blocks), 0),
    stages: { forward: plan.forward.length, backward: plan.backward.length },
    savedBytes: savedBytes(plan, dims),
    reference: cell.reference,
  };
}

/** A parameter's size: `blocks` · the product of the widths `of`. */
interface Term {
  readonly blocks: number;
  readonly of: readonly string[];
}

function termsOf(cell: CellDefinition): Term[] {
  return Object.values(cell.params).map((spec) => ({
    blocks: spec.rows.gates?.length ?? 1,
    of: spec.kind === "matrix" ? [spec.rows.dim, spec.cols] : [spec.rows.dim],
  }));
}

/** Hidden before input before the cell's own widths, each by its letter; matrices before vectors. */
function formulaOf(cell: CellDefinition): string {
  const order = ["hidden", "input", ...Object.keys(cell.extraDims)];
  const sums = new Map<string, { blocks: number; of: readonly string[] }>();
  for (const { blocks, of } of termsOf(cell)) {
    const sorted = of.toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
    const known = sums.get(sorted.join());
    sums.set(sorted.join(), { blocks: (known?.blocks ?? 0) + blocks, of: sorted });
  }
  return [...sums.values()]
    .toSorted((a, b) => b.of.length - a.of.length)
    .map(({ blocks, of }) => `${blocks === 1 ? "" : blocks}${lettersOf(of, order)}`)
    .join(" + ");
}

/** A width by its first letter, or, where an earlier one has that, by its name. */
function lettersOf(of: readonly string[], order: readonly string[]): string {
  const [first, second] = of.map((dim) => {
    const owner = order.find((other) => other[0] === dim[0]);
    return owner === dim ? dim[0].toUpperCase() : `·${dim}`;
  });
  return second === undefined ? first : first === second ? `${first}²` : first + second;
}

/** What the forward pass writes for every step and the backward pass or the parameter gradients read, block by block. */
function savedBytes(plan: Plan, dims: Sizes): number {
  const written = new Set([...plan.hoist, ...plan.forward].flatMap((stage) => writtenBy(plan, stage)));
  const read = new Set<string>();
  const overwritten = new Set<string>();
  for (const stage of [...plan.backward, ...plan.sink]) {
    for (const key of readBy(plan, stage)) if (!overwritten.has(key)) read.add(key);
    for (const key of writtenBy(plan, stage)) overwritten.add(key);
  }
  for (const gradient of plan.gradients) {
    if (gradient.kind === "weight" && !overwritten.has(keyOf(gradient.u))) read.add(keyOf(gradient.u));
  }
  let bytes = 0;
  for (const key of written) {
    const { kind, dim } = plan.buffers[Number.parseInt(key, 10)];
    if (read.has(key) && (kind === "sequence" || kind === "history")) bytes += 4 * (dims[dim] ?? 1);
  }
  return bytes;
}

type Stage = Plan["forward"][number];
type Slot = Plan["bindings"]["output"];

/** The blocks that a stage finds: a pass may load what its own products made, which were written first. */
function readBy(plan: Plan, stage: Stage): string[] {
  const operands = stage.matmuls.flatMap(({ a, weight }) => {
    const { blocks, transposed } = plan.weights[weight];
    return blocksOf(a, transposed ? blocks : 1);
  });
  const made = new Set(products(plan, stage));
  const loaded = slotsOf(stage, "load").filter((key) => !made.has(key));
  return [...operands, ...loaded];
}

function writtenBy(plan: Plan, stage: Stage): string[] {
  return [...products(plan, stage), ...slotsOf(stage, "store")];
}

function products(plan: Plan, { matmuls }: Stage): string[] {
  return matmuls.flatMap(({ out, weight }) => {
    const { blocks, transposed } = plan.weights[weight];
    return blocksOf(out, transposed ? 1 : blocks);
  });
}

function slotsOf({ passes }: Stage, op: "load" | "store"): string[] {
  return passes.flatMap(({ code }) => code.flatMap((i) => (i.op === op && "slot" in i ? [keyOf(i.slot)] : [])));
}

const blocksOf = ({ buffer, block }: Slot, count: number): string[] =>
  Array.from({ length: count }, (_, k) => keyOf({ buffer, block: block + k }));

const keyOf = ({ buffer, block }: Slot): string => `${buffer}.${block}`;
