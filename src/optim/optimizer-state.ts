import type { HiddenstateError } from "../errors.js";
import type { Parameter } from "../tensor/index.js";

/** What an optimizer remembers, ready to be stored: arrays for safetensors, the rest as plain JSON. */
export interface OptimizerState {
  /** `exp_avg.0`, …: memory by PyTorch's name and the parameter's place among all. */
  readonly arrays: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array }
  >;
  readonly scalars: {
    readonly optimizer: string;
    /** Updates made, by parameter. */
    readonly steps: readonly number[];
    /** What this optimizer alone remembers, plain JSON. */
    readonly own?: Readonly<Record<string, unknown>>;
  };
}

/** Where a state does not fit. */
export type StateProblem = "optimizer" | "parameters" | "steps" | "missing" | "shape" | "arrays";

interface Remembered {
  readonly parameter: Parameter;
  readonly memory: readonly Parameter[];
  steps: number;
}

/** A copy of the memory of every slot. */
export function snapshot(optimizer: string, names: readonly string[], slots: readonly Remembered[]): OptimizerState {
  const arrays = new Map<string, { shape: readonly number[]; data: Float32Array | Float64Array }>();
  for (const [place, { parameter, memory }] of slots.entries()) {
    for (const [i, name] of names.entries()) {
      // `slice` also leaves shared memory, which browsers refuse to store.
      const data = memory[i].data().slice() as Float32Array | Float64Array;
      arrays.set(`${name}.${place}`, { shape: [...parameter.shape], data });
    }
  }
  return { arrays, scalars: { optimizer, steps: slots.map(({ steps }) => steps) } };
}

/** Put a snapshot back; checks all of it before it changes anything. */
export function applyState(
  optimizer: string,
  names: readonly string[],
  slots: readonly Remembered[],
  { arrays, scalars }: OptimizerState,
  refuse: (problem: StateProblem, expected: unknown, received: unknown) => HiddenstateError,
): void {
  const { optimizer: saved, steps } = scalars;
  if (saved !== optimizer) throw refuse("optimizer", optimizer, saved);
  if (!Array.isArray(steps) || steps.length !== slots.length) throw refuse("parameters", slots.length, steps?.length);
  if (!steps.every((count) => Number.isSafeInteger(count) && count >= 0)) throw refuse("steps", "counts", steps);
  if (arrays.size !== names.length * slots.length) throw refuse("arrays", names.length * slots.length, arrays.size);
  const copies: [to: Parameter, from: Float32Array | Float64Array][] = [];
  for (const [place, { parameter, memory }] of slots.entries()) {
    for (const [i, name] of names.entries()) {
      const array = arrays.get(`${name}.${place}`);
      if (array === undefined) throw refuse("missing", `${name}.${place}`, "nothing");
      const expected = describe(parameter.dtype === "f64" ? "f64" : "f32", parameter.shape);
      const received = describe(array.data instanceof Float64Array ? "f64" : "f32", array.shape);
      if (received !== expected) throw refuse("shape", expected, received);
      copies.push([memory[i], array.data]);
    }
  }
  for (const [to, from] of copies) to.set(from);
  for (const [place, slot] of slots.entries()) slot.steps = steps[place];
}

function describe(dtype: string, shape: readonly number[]): string {
  return `${dtype} [${shape.join(", ")}]`;
}
