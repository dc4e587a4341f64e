/** What a recurrent layer is given beside x, checked and by layer and direction. */
import { type CellDefinition, POSITIONS } from "../cell/index.js";
import { missingInput, shapeMismatch, unknownOption, wrongCount, wrongDtype } from "../errors.js";
import { reshape, type Tensor } from "../tensor/index.js";

/** The inputs of a cell beside x, by name, each [T, B, its width], [B, its width], or, a memory, [B, S, its width]. */
export type CellInputs = Readonly<Record<string, Tensor>>;

/** Who asks, and what the inputs have to fit. */
export interface InputSizes {
  readonly who: string;
  readonly T: number;
  readonly B: number;
  readonly dtype: string;
  /** Sizes of the cell's widths, by layer and direction. */
  readonly dims: readonly Readonly<Record<string, number>>[];
}

/**
 * One record of inputs for each layer and direction, from one for all or one for each.
 *
 * Errors: `E_OPTION` for a name that is no input's; `E_INPUT` for one that is missing; `E_STATE`, `E_SHAPE`, `E_DTYPE`.
 */
export function cellInputs(
  { inputs }: CellDefinition,
  given: CellInputs | readonly CellInputs[] | undefined,
  { who, T, B, dtype, dims }: InputSizes,
): readonly CellInputs[] {
  const several = Array.isArray(given) ? (given as readonly CellInputs[]) : dims.map(() => (given ?? {}) as CellInputs);
  if (several.length !== dims.length) throw wrongCount(`${who}: inputs`, dims.length, several.length);
  const names = inputs.map(({ name }) => name);
  several.forEach((record, i) => {
    for (const name of Object.keys(record)) {
      if (!names.includes(name)) throw unknownOption(`${who}: inputs`, name, names);
    }
    for (const { name, dim, per } of inputs) {
      const rows = { step: [T, B], sequence: [B], memory: [B, dims[i][POSITIONS]] }[per];
      const shape = [...rows, dims[i][dim]];
      const value = record[name];
      if (value === undefined) throw missingInput(who, name, shape);
      if (value.shape.length !== shape.length || value.shape.some((size, a) => size !== shape[a])) {
        throw shapeMismatch(`${who}: input ${name}`, shape, value.shape);
      }
      if (value.dtype !== dtype) throw wrongDtype(`${who}: input ${name}`, dtype, value.dtype);
    }
  });
  return several;
}

/**
 * The sizes of a cell's widths in one layer, with the S of its memories, which comes with them.
 *
 * Errors: `E_INPUT` for a memory that is missing; `E_SHAPE` for one that is not [B, S, width] with S ≥ 1.
 */
export function sizesWithMemory(
  { inputs }: CellDefinition,
  given: CellInputs | readonly CellInputs[] | undefined,
  { who, B, dims }: InputSizes,
): readonly Readonly<Record<string, number>>[] {
  const first = inputs.find(({ per }) => per === "memory");
  if (first === undefined) return dims;
  return dims.map((sizes, i) => {
    const record: CellInputs | undefined = Array.isArray(given)
      ? (given as readonly CellInputs[])[i]
      : (given as CellInputs | undefined);
    const shape = [B, "S ≥ 1", sizes[first.dim]];
    const value = record?.[first.name];
    if (value === undefined) throw missingInput(who, first.name, shape);
    if (value.rank !== 3 || value.shape[1] < 1) throw shapeMismatch(`${who}: input ${first.name}`, shape, value.shape);
    return { ...sizes, [POSITIONS]: value.shape[1] };
  });
}

/** Inputs of one step as those of a sequence of one. */
export function oneStep(
  { inputs }: CellDefinition,
  given: CellInputs | readonly CellInputs[],
): readonly CellInputs[] | CellInputs {
  const each = (record: CellInputs): CellInputs =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => {
        const perStep = inputs.some((input) => input.name === name && input.per === "step");
        return [name, perStep ? reshape(value, [1, ...value.shape]) : value];
      }),
    );
  return Array.isArray(given) ? (given as readonly CellInputs[]).map(each) : each(given as CellInputs);
}
