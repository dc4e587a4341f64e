import { checkpointContent } from "../errors.js";
import type { Recurrent, RecurrentState } from "../nn/index.js";
import { readTensors, tensorsToBytes } from "../train/index.js";

/**
 * The state that a recurrent stack carries from one window of a text to the next, in memory of its own: without history
 * (truncated back-propagation), and without a new allocation per window.
 *
 * Make it outside every scope. B rows; each record is `{ h }`, `{ h, c }`, … of [B, its width].
 */
export class CarriedState {
  /** What to hand to `forward`. */
  readonly state: RecurrentState;

  constructor(recurrent: Recurrent, batch: number) {
    this.state = recurrent.zeroState(batch);
  }

  /** Back to zeros: a text begins. */
  reset(): void {
    for (const [, tensor] of this.#named()) tensor.data().fill(0);
  }

  /** Copy the state that `forward` returned, while its scope is open. */
  take(next: RecurrentState): void {
    for (const [i, record] of this.state.entries()) {
      for (const [name, tensor] of Object.entries(record)) tensor.set(next[i][name].data());
    }
  }

  /** Give the memory back now rather than when it is collected; the end of this object. */
  dispose(): void {
    for (const [, tensor] of this.#named()) tensor.dispose();
  }

  /** The numbers, to go back to with `load`. */
  copy(): Map<string, Float32Array | Float64Array> {
    return new Map(this.#named().map(([name, tensor]) => [name, tensor.data().slice() as Float32Array]));
  }

  /** Back to a copy. */
  load(copy: ReadonlyMap<string, Float32Array | Float64Array>): void {
    for (const [name, tensor] of this.#named()) tensor.set(copy.get(name)!);
  }

  /** The state as a safetensors file: `0.h`, `0.c`, `1.h`, … */
  toBytes(): Uint8Array {
    return tensorsToBytes(this.#named());
  }

  /**
   * Read what `toBytes` wrote.
   *
   * @param file its name, for the error
   * @throws E_RUN_CONTENT for states of another network or batch
   */
  fromBytes(file: string, bytes: Uint8Array): void {
    const stored = readTensors(file, bytes);
    const own = this.#named();
    for (const [name, tensor] of own) {
      const { shape } = stored.get(name) ?? { shape: [] };
      if (stored.size !== own.length || shape.join() !== tensor.shape.join()) {
        throw checkpointContent(file, `has ${name} of shape [${shape.join(", ")}], not [${tensor.shape.join(", ")}]`);
      }
    }
    for (const [name, tensor] of own) tensor.set(stored.get(name)!.data as Float32Array);
  }

  #named() {
    return this.state.flatMap((record, i) =>
      Object.entries(record).map(([name, tensor]) => [`${i}.${name}`, tensor] as const),
    );
  }
}
