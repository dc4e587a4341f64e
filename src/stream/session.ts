import { streamClosed } from "../errors.js";
import type { StreamModel } from "./model.js";
import { checkState, type StreamState } from "./state.js";
import type { StepRows } from "./step-rows.js";

/**
 * A stream: B sequences that go on by one step a call, each from where it was.
 *
 * Made by `StreamModel.session`. A step is one call into WebAssembly and allocates nothing.
 *
 * @example
 * const session = model.session();
 * const y = session.step(x);          // x [I] → y [O], valid until the next step
 */
export class StreamSession {
  readonly model: StreamModel;
  /** B. */
  readonly batch: number;
  readonly #rows: StepRows;
  #open = true;

  /** Use `StreamModel.session`. */
  constructor(model: StreamModel, rows: StepRows) {
    this.model = model;
    this.batch = rows.capacity;
    this.#rows = rows;
  }

  /**
   * One time step.
   *
   * @param x [B, I] numbers in one array, or B tokens for a model with an embedding; one number stands for an array of one
   * @returns `output`: the same view every time, overwritten by the next step
   *
   * Errors: `E_SHAPE`, `E_INDEX`, `E_STREAM_CLOSED`, `E_STREAM_INPUT` for what are no numbers and for numbers that are not
   * finite in float32; the state stays as it was then.
   */
  step(x: number | ArrayLike<number>): Float32Array {
    if (!this.#open) throw streamClosed("StreamSession.step");
    const rows = this.#rows;
    rows.feed("StreamSession.step", 0, this.batch, x);
    rows.run(this.batch);
    return rows.output;
  }

  /** [B, O] of the last step. The view dies when the model makes another session and grows: ask again. */
  get output(): Float32Array {
    return this.#rows.output;
  }

  /** The state as a value of its own. */
  save(): StreamState {
    if (!this.#open) throw streamClosed("StreamSession.save");
    const { stateSize } = this.#rows;
    const values = new Float32Array(this.batch * stateSize);
    for (let row = 0; row < this.batch; row++) this.#rows.read(row, values, row * stateSize);
    return { model: this.model.hash, batch: this.batch, values };
  }

  /** Go on from a saved state. Errors: `E_STREAM_STATE` for one of another model or batch; nothing changes then. */
  restore(state: StreamState): void {
    if (!this.#open) throw streamClosed("StreamSession.restore");
    const { stateSize } = this.#rows;
    const values = checkState("StreamSession.restore", state, this.model.hash, this.batch, stateSize);
    for (let row = 0; row < this.batch; row++) this.#rows.write(row, values, row * stateSize);
  }

  /** Begin again: the state before the first step, zeros. */
  reset(): void {
    if (!this.#open) throw streamClosed("StreamSession.reset");
    for (let row = 0; row < this.batch; row++) this.#rows.clear(row);
  }

  /** Another session that goes on from the same state. */
  fork(): StreamSession {
    return this.model.session({ batch: this.batch, state: this.save() });
  }

  /** End the session: its memory serves the next one. A session that is merely forgotten keeps its memory. */
  close(): void {
    if (this.#open) this.#rows.free();
    this.#open = false;
  }
}
