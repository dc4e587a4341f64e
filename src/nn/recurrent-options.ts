/** The options of a recurrent layer: what they may be, and what they are when they are not given. */
import type { CellDefinition } from "../cell/index.js";
import { badNumber, functionInOptions, optionNeeds, projectionIsCell, unknownOption } from "../errors.js";
import { expectOptions, expectSwitch } from "./given.js";
import { checkMerge, type Merge } from "./merge.js";
import { type CheckedRecurrence, checkRecurrence, RECURRENCE_OPTIONS, type RecurrenceOptions } from "./recurrence.js";

export interface RecurrentOptions extends RecurrenceOptions {
  /** I: features of the input. */
  readonly inputSize: number;
  /** H: units of the hidden state. */
  readonly hiddenSize: number;
  /** O: features of the output, for cells that have a width of their own for it (jordan). Default H. */
  readonly outputSize?: number;
  /** Whether the cell keeps its parameters of role bias, default true; without them it runs as `withoutBias(cell)`. */
  readonly bias?: boolean;
  /** Sizes of other widths that the cell has, by name (those of a memory's rows); default as the cell says. */
  readonly widths?: Readonly<Record<string, number>>;
  /** Stacked layers, default 1. */
  readonly layers?: number;
  /** Run each layer in both directions and merge the outputs, default false. */
  readonly bidirectional?: boolean;
  /** How the outputs of both directions become one, default "concat". With a function the options have no JSON form. */
  readonly merge?: Merge;
  /**
   * Read every sequence from its end, default false. Outputs stay at the time of the input that was read; the final state is
   * that after the first step.
   */
  readonly reverse?: boolean;
  /** Probability of dropping an output of every layer but the last, fresh at every step; default 0. Needs `rng`. */
  readonly dropout?: number;
  /** Kind of number, default f32; f64 runs on the interpreter. */
  readonly dtype?: "f32" | "f64";
}

/** Options with every default filled in. */
export type CheckedOptions = Required<Omit<RecurrentOptions, "outputSize" | "zoneout">> &
  CheckedRecurrence & { readonly outputSize: number };

const OPTIONS = [
  "inputSize",
  "hiddenSize",
  "outputSize",
  "bias",
  "widths",
  "layers",
  "bidirectional",
  "merge",
  "reverse",
  "dropout",
  "dtype",
  ...RECURRENCE_OPTIONS,
];

/** What a projection is called where it is an option of the LSTM. */
const PROJECTION: readonly string[] = ["proj_size", "projSize", "outputSize"];

/** Errors: `E_OPTION` for an option that this cell does not have; `E_NUMBER`, `E_VALUE`, `E_MERGE`; `E_OPTION_NEEDS`. */
export function checkOptions(cell: CellDefinition, options: RecurrentOptions): CheckedOptions {
  const who = `Recurrent(${cell.name})`;
  const known = "output" in cell.extraDims ? OPTIONS : OPTIONS.filter((name) => name !== "outputSize");
  const projection = PROJECTION.find((name) => !known.includes(name) && Object.hasOwn(options ?? {}, name));
  if (projection !== undefined) throw projectionIsCell(who, projection, known);
  expectOptions(who, options, known);
  const { inputSize, hiddenSize, layers = 1, bidirectional = false, dropout: p = 0, dtype = "f32" } = options;
  const { bias = true } = options;
  const own = cell.extraDims["output"];
  const outputSize = options.outputSize ?? (typeof own === "number" ? own : hiddenSize);
  for (const [name, value] of Object.entries({ inputSize, hiddenSize, outputSize, layers })) {
    if (!Number.isInteger(value) || value < 1) throw badNumber(who, name, "a whole number ≥ 1", value);
  }
  const { widths = {} } = options;
  const named = Object.keys(cell.extraDims).filter((name) => name !== "output");
  for (const [name, value] of Object.entries(widths)) {
    if (!named.includes(name)) throw unknownOption(`${who}: widths`, name, named);
    if (!Number.isInteger(value) || value < 1) throw badNumber(who, `widths.${name}`, "a whole number ≥ 1", value);
  }
  if (!(typeof p === "number" && p >= 0 && p <= 1)) throw badNumber(who, "dropout", "a probability, 0 … 1", p);
  const merge = checkMerge(who, options.merge ?? "concat");
  const { reverse = false } = options;
  expectSwitch(who, "bias", bias);
  expectSwitch(who, "bidirectional", bidirectional);
  expectSwitch(who, "reverse", reverse);
  if (merge !== "concat" && !bidirectional) throw optionNeeds(who, "merge", "bidirectional: true");
  if (reverse && bidirectional) throw optionNeeds(who, "reverse", "bidirectional: false (that runs both ways already)");
  const inside = checkRecurrence(who, cell, options);
  const sizes = { inputSize, hiddenSize, outputSize, layers, bias };
  const checked = { ...sizes, widths, bidirectional, merge, reverse, dropout: p, dtype, ...inside };
  return typeof merge === "function" ? withoutJson(who, checked) : checked;
}

/** JSON would leave the function out without a word. */
function withoutJson(who: string, options: CheckedOptions): CheckedOptions {
  const toJSON = (): never => {
    throw functionInOptions(who, "merge");
  };
  return Object.defineProperty(options, "toJSON", { value: toJSON, enumerable: false });
}
