/** Where values live: the buffers of a plan while it is being made, and the slot of every value that lies in one. */
import type { NodeId, WeightRef } from "./graph.js";
import type { BufferKind, PlanBuffer, PlanWeight, Slot } from "./plan-format.js";

export class Storage {
  readonly buffers: PlanBuffer[] = [];
  readonly weights: PlanWeight[] = [];
  /** The slot a value may be read from. */
  readonly slots = new Map<NodeId, Slot>();
  /** Where each name lies in `buffers`, and the number that the next one of a name would get. */
  readonly #places = new Map<string, number>();
  readonly #numbers = new Map<string, number>();

  /** A new buffer, numbered if the name is taken; returns its first slot. */
  buffer(wanted: string, kind: BufferKind, dim: string, blocks = 1): Slot {
    let name = wanted;
    let next = this.#numbers.get(wanted) ?? 2;
    while (this.#places.has(name)) name = `${wanted}.${next++}`;
    this.#numbers.set(wanted, next);
    this.#places.set(name, this.buffers.length);
    this.buffers.push({ name, kind, dim, blocks });
    return { buffer: this.buffers.length - 1, block: 0 };
  }

  /** The buffer called `name`, made on first use. */
  named(name: string, kind: BufferKind, dim: string, blocks = 1): Slot {
    const found = this.#places.get(name);
    return found === undefined ? this.buffer(name, kind, dim, blocks) : { buffer: found, block: 0 };
  }

  /** The packed operand for a use of a weight, made on first use. */
  weight(ref: WeightRef, transposed: boolean): number {
    const same = (w: PlanWeight): boolean =>
      w.param === ref.param &&
      w.firstBlock === ref.firstBlock &&
      w.blocks === ref.blocks &&
      w.transposed === transposed;
    const found = this.weights.findIndex(same);
    if (found >= 0) return found;
    this.weights.push({ ...ref, transposed });
    return this.weights.length - 1;
  }
}

/** The slot `k` blocks further on in the same row. */
export function blockAt(slot: Slot, k: number): Slot {
  return { ...slot, block: slot.block + k };
}
