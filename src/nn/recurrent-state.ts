/** The states of a recurrent layer between two calls. */
import type { CellDefinition } from "../cell/index.js";
import { badState, shapeMismatch, wrongDtype } from "../errors.js";
import { detach, type Tensor } from "../tensor/index.js";
import type { InputSizes } from "./recurrent-inputs.js";

/** A state record, `{ h }` or `{ h, c }`, each [B, its width]. */
export type CellState = Readonly<Record<string, Tensor>>;
/** One record per layer and direction: layer-major, forward before reverse, as PyTorch stacks them. */
export type RecurrentState = readonly CellState[];

/** The same numbers without their history: what truncated backpropagation carries into the next window. */
export function detachState(state: RecurrentState): RecurrentState {
  return state.map((record) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, detach(value)])),
  );
}

/** Errors: `E_STATE`, `E_SHAPE`, `E_DTYPE`. */
export function checkState(
  cell: Pick<CellDefinition, "states">,
  state: RecurrentState,
  { who, B, dtype, dims }: InputSizes,
): void {
  if (!Array.isArray(state as unknown)) {
    const received = Object.keys((state as unknown as object | null) ?? {}).join(", ");
    throw badState(
      who,
      `a list of records, one for each layer and direction`,
      `{ ${received} }; put it into a list, [state]`,
    );
  }
  if (state.length !== dims.length) {
    throw badState(who, `of ${dims.length} records (layers × directions)`, `${state.length}`);
  }
  state.forEach((record, i) => {
    const names = cell.states.map(({ name }) => name);
    const known = Object.keys(record);
    if (known.length !== names.length || !names.every((name) => name in record)) {
      throw badState(who, `{ ${names.join(", ")} } in record ${i}`, `{ ${known.join(", ")} }`);
    }
    for (const { name, dim } of cell.states) {
      const expected = [B, dims[i][dim]];
      const value = record[name];
      const { shape } = value;
      if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
        throw shapeMismatch(`${who}: state ${name} of record ${i}`, expected, shape);
      }
      if (value.dtype !== dtype) {
        throw wrongDtype(`${who}: state ${name} of record ${i}`, dtype, value.dtype);
      }
    }
  });
}
