/** From where an encoder ends to where a decoder begins. */
import { declaredStates } from "../../cell/define.js";
import type { CellDefinition } from "../../cell/index.js";
import { badNumber, unknownValue } from "../../errors.js";
import { Rng } from "../../runtime/index.js";
import { concat, tanh, type Tensor } from "../../tensor/index.js";
import { queryState } from "../attention/attention-family.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import type { CellState, Recurrent, RecurrentState } from "../recurrent.js";

export const BRIDGES = ["tanh", "output", "copy", "zero"] as const;

/**
 * `tanh`: every state s of the decoder is tanh(W_s·[s of each direction] + b_s). `output`: only the state that the cell shows
 * is, the others are zero. `copy`: the encoder's states as they are, of one direction and of the same sizes. `zero`: nothing
 * passes but the memory.
 */
export type BridgeKind = (typeof BRIDGES)[number];

/**
 * The state before the first step of a decoder, from the final states of the encoder: layer by layer where both have as many
 * (a `deepCell` has several), else from its last layer.
 *
 * A state that the encoder has no namesake of is made from the one that it shows; earlier values that a cell looks at begin as
 * zero. Parameters `<state>.weight` [H, D·H′],
 * `<state>.bias` [H].
 */
export class StateBridge extends Module {
  readonly kind: BridgeKind;
  readonly maps: Readonly<Record<string, Linear>>;
  readonly #encoder: CellDefinition;
  readonly #decoder: CellDefinition;
  readonly #directions: number;
  readonly #layers: number;
  readonly #deep: boolean;

  /** Errors: `E_VALUE`; `E_NUMBER` for a copy between states of different sizes or of two directions. */
  constructor(encoder: Recurrent, decoder: Recurrent, cell: CellDefinition, kind: BridgeKind, rng: Rng = new Rng(0)) {
    super();
    if (!BRIDGES.includes(kind)) throw unknownValue("StateBridge", "kind", kind, [...BRIDGES]);
    this.kind = kind;
    this.#encoder = encoder.cell;
    this.#decoder = cell;
    this.#directions = encoder.options.bidirectional ? 2 : 1;
    this.#layers = encoder.options.layers;
    const floors = 1 + Math.max(...cell.states.map(({ name }) => layerOf(name).layer));
    this.#deep = floors === this.#layers;
    const [from, to] = [encoder.stack.at(-1)!.dims, decoder.stack[0].dims];
    const { dtype } = decoder.options;
    const maps: Record<string, Linear> = {};
    for (const { name, dim } of declaredStates(cell)) {
      const inputSize = this.#directions * from[this.#source(name).dim];
      if (kind === "copy" && inputSize !== to[dim]) {
        throw badNumber("StateBridge", "copy", `of ${to[dim]} units for state ${name}, in one direction`, inputSize);
      }
      if (kind === "tanh" || (kind === "output" && name === queryState(cell).name)) {
        maps[name] = new Linear({ inputSize, outputSize: to[dim], dtype }, rng.split(name));
      }
    }
    this.maps = maps;
  }

  override *namedParameters(prefix = ""): ReturnType<Module["namedParameters"]> {
    for (const [name, map] of Object.entries(this.maps)) yield* map.namedParameters(`${prefix}${name}.`);
  }

  /** The decoder's initial state, by name [B, H]; what is absent is zero. */
  forward(final: RecurrentState): CellState {
    const ends = (name: string): Tensor => {
      const layer = this.#deep ? layerOf(name).layer : this.#layers - 1;
      const records = final.slice(layer * this.#directions, (layer + 1) * this.#directions);
      const all = records.map((record) => record[this.#source(name).name]);
      return all.length === 1 ? all[0] : concat(all, 1);
    };
    const state: Record<string, Tensor> = {};
    for (const { name } of declaredStates(this.#decoder)) {
      if (this.kind === "copy") state[name] = ends(name);
      else if (name in this.maps) state[name] = tanh(this.maps[name].forward(ends(name)));
    }
    return state;
  }

  /** The encoder's state that a state of the decoder is made from. */
  #source(name: string): { readonly name: string; readonly dim: string } {
    const own = layerOf(name).name;
    return this.#encoder.states.find((state) => state.name === own) ?? queryState(this.#encoder);
  }
}

/** Which layer of a `deepCell` a state belongs to, and what it is called there. */
function layerOf(state: string): { readonly layer: number; readonly name: string } {
  const [, layer, name] = /^l(\d+)_(.*)$/.exec(state) ?? [null, "0", state];
  return { layer: Number(layer), name };
}
