/** Regularisers inside the recurrence: options of a recurrent layer, rewrites of its cell, and the masks they ask for. */
import {
  ownStates,
  type CellDefinition,
  inputDropout,
  type InputMasks,
  recurrentDropout,
  type RecurrentMasks,
  updateDropout,
  zoneout,
  zoneoutExpectation,
} from "../cell/index.js";
import { badNumber, unknownOption, unknownValue } from "../errors.js";
import type { Rng } from "../runtime/index.js";
import { dropoutMask, type Tensor } from "../tensor/index.js";
import type { SequenceRows } from "./sequence-rows.js";

/** All of them need `rng`; without it a layer computes the expectation. */
export interface RecurrenceOptions {
  /**
   * Probability of dropping a unit of the input of every layer, the same units at every step of a sequence (variational);
   * default 0.
   */
  readonly inputDropout?: number;
  /**
   * One mask on x for all that reads it, both directions too (default); or one for each gate and direction where the input
   * matrices see x, at the price of a product per gate.
   */
  readonly inputDropoutMasks?: InputMasks;
  /** Probability of dropping a unit of the state where the recurrent matrices see it, the same ones at every step; default 0. */
  readonly recurrentDropout?: number;
  /** One mask for all gates (default), or one for each gate, at the price of a product per gate. */
  readonly recurrentDropoutMasks?: RecurrentMasks;
  /** Probability of dropping a unit of the candidate, what a step would write into the state; default 0. */
  readonly updateDropout?: number;
  /** Masks of update dropout new at every step (default), or the same for a sequence. */
  readonly updateDropoutMasks?: "step" | "sequence";
  /**
   * Probability of a unit to keep the value it had before the step, by state: `{ h: 0.05, c: 0.5 }`; or one for all states.
   * Without `rng` a state is p·old + (1 − p)·new. Default 0.
   */
  readonly zoneout?: number | Readonly<Record<string, number>>;
}

/** With every default filled in; zoneout by state, those of rate 0 left out. */
export type CheckedRecurrence = Required<Omit<RecurrenceOptions, "zoneout">> & {
  readonly zoneout: Readonly<Record<string, number>>;
};

export const RECURRENCE_OPTIONS: readonly string[] = [
  "inputDropout",
  "inputDropoutMasks",
  "recurrentDropout",
  "recurrentDropoutMasks",
  "updateDropout",
  "updateDropoutMasks",
  "zoneout",
];

const GATE_MASKS: readonly InputMasks[] = ["tied", "perGate"];

/** Errors: `E_NUMBER` for what is no probability, `E_VALUE` for unknown masks, `E_OPTION` for zoneout of an unknown state. */
export function checkRecurrence(who: string, cell: CellDefinition, options: RecurrenceOptions): CheckedRecurrence {
  const probability = (name: string, p: unknown): number => {
    if (!(typeof p === "number" && p >= 0 && p <= 1)) throw badNumber(who, name, "a probability, 0 … 1", p);
    return p;
  };
  const choice = <C extends string>(name: string, value: C, known: readonly C[]): C => {
    if (!known.includes(value)) throw unknownValue(who, name, value, known);
    return value;
  };
  const own = ownStates(cell);
  const { zoneout: rates = 0 } = options;
  const byState = typeof rates === "object" && rates !== null ? rates : Object.fromEntries(own.map((s) => [s, rates]));
  for (const [state, p] of Object.entries(byState)) {
    if (!own.includes(state)) throw unknownOption(`${who}: zoneout`, state, own);
    probability(`zoneout of ${state}`, p);
  }
  return {
    inputDropout: probability("inputDropout", options.inputDropout ?? 0),
    inputDropoutMasks: choice("inputDropoutMasks", options.inputDropoutMasks ?? "tied", GATE_MASKS),
    recurrentDropout: probability("recurrentDropout", options.recurrentDropout ?? 0),
    recurrentDropoutMasks: choice("recurrentDropoutMasks", options.recurrentDropoutMasks ?? "tied", GATE_MASKS),
    updateDropout: probability("updateDropout", options.updateDropout ?? 0),
    updateDropoutMasks: choice("updateDropoutMasks", options.updateDropoutMasks ?? "step", ["step", "sequence"]),
    zoneout: Object.fromEntries(Object.entries(byState).filter(([, p]) => p > 0)),
  };
}

/** Where masks are needed: one layer in one direction. */
export interface MaskPlace {
  /** What its parameters' names end in, `_l0_reverse`. */
  readonly suffix: string;
  readonly reverse: boolean;
  readonly dims: Readonly<Record<string, number>>;
  readonly dtype: "f32" | "f64";
  readonly door: SequenceRows;
}

/** A cell with its regularisers: what runs with randomness, and what runs without. */
export class Recurrence {
  /** The cell that computes the expectation: no inputs beside the cell's own. */
  readonly expected: CellDefinition;
  /** The cell that takes masks. */
  readonly random: CellDefinition;
  /** Probability of dropping a unit of a layer's input before any direction sees it. */
  readonly inputDropout: number;
  /** The masks it takes, each with its probability. */
  readonly #masks: readonly { readonly name: string; readonly dim: string; readonly per: string; readonly p: number }[];

  /** Errors: `E_REGULARISER` where the cell has nothing that could be dropped. */
  constructor(cell: CellDefinition, options: CheckedRecurrence) {
    const { inputDropout: pInput, recurrentDropout: pRecurrent, updateDropout: pUpdate, zoneout: rates } = options;
    const tied = options.inputDropoutMasks === "tied";
    let random = cell;
    const masks: { name: string; dim: string; per: string; p: number }[] = [];
    const take = (rewritten: CellDefinition, rate: (name: string) => number): void => {
      for (const mask of rewritten.inputs.slice(random.inputs.length)) masks.push({ ...mask, p: rate(mask.name) });
      random = rewritten;
    };
    if (pInput > 0 && !tied) take(inputDropout(random, options.inputDropoutMasks), () => pInput);
    if (pRecurrent > 0) take(recurrentDropout(random, options.recurrentDropoutMasks), () => pRecurrent);
    if (pUpdate > 0) take(updateDropout(random, options.updateDropoutMasks), () => pUpdate);
    const states = Object.keys(rates);
    if (states.length > 0) take(zoneout(random, states), (name) => rates[name.slice("zoneout_mask_".length)]);
    this.random = random;
    this.expected = states.length > 0 ? zoneoutExpectation(cell, rates) : cell;
    this.inputDropout = tied ? pInput : 0;
    this.#masks = masks;
  }

  /**
   * The masks of one layer and direction as the packed layer takes them: a pure function of the key of `rng`, the layer, the
   * direction, the original row (sequence, and step for those per step) and the unit.
   */
  masks(rng: Rng, { suffix, reverse, dims, dtype, door }: MaskPlace): Record<string, Tensor> {
    const { rows, order, original } = door;
    return Object.fromEntries(
      this.#masks.map(({ name, dim, per, p }) => {
        const options = { p, rng: rng.split(name + suffix), dtype };
        if (per === "sequence")
          return [name, dropoutMask([rows.batch, dims[dim]], { ...options, rows: order ?? undefined })];
        const mask = dropoutMask([rows.rows, dims[dim]], { ...options, rows: original ?? undefined });
        return [name, reverse ? door.reverse(mask) : mask];
      }),
    );
  }
}
