import { badNumber, streamClosed, streamPoolFull } from "../errors.js";
import type { StreamModel } from "./model.js";
import { checkState, type StreamState } from "./state.js";
import type { StepRows } from "./step-rows.js";

/**
 * Many streams of one model, stepped together: one batch reads the weights once for all of them.
 *
 * Members come and go. A step moves those on that were fed since the last one; the others stay where they are, so
 * streams of different pace share a pool. What a member computes does not depend on who else is in it, to the bit.
 *
 * @example
 * const pool = model.pool(64);
 * const member = pool.join();
 * member.feed(x);
 * pool.step();
 * member.output;                      // [O]
 */
export class StreamPool {
  readonly model: StreamModel;
  /** Members that there is room for. */
  readonly capacity: number;
  readonly #rows: StepRows;
  /** Members by row; those that were fed come first. */
  readonly #members: StreamMember[] = [];
  #fed = 0;
  #outputs: Float32Array[] = [];
  #open = true;

  /** Use `StreamModel.pool`. */
  constructor(model: StreamModel, rows: StepRows) {
    this.model = model;
    this.capacity = rows.capacity;
    this.#rows = rows;
  }

  /** Members now. */
  get size(): number {
    return this.#members.length;
  }

  /**
   * Add a stream.
   *
   * @param state where it goes on from, default zeros; of one row
   *
   * Errors: `E_STREAM_POOL` when all rows are taken, `E_STREAM_STATE`.
   */
  join(state?: StreamState): StreamMember {
    if (!this.#open) throw streamClosed("StreamPool.join");
    const row = this.#members.length;
    if (row === this.capacity) throw streamPoolFull(this.capacity);
    if (state === undefined) this.#rows.clear(row);
    else this.#rows.write(row, checkState("StreamPool.join", state, this.model.hash, 1, this.#rows.stateSize), 0);
    const member = new StreamMember(this, this.#rows, row);
    this.#members.push(member);
    return member;
  }

  /** Move every member on that was fed since the last step; returns how many those were. */
  step(): number {
    const fed = this.#fed;
    if (fed > 0) this.#rows.run(fed);
    this.#fed = 0;
    return fed;
  }

  /** End the pool and all members: the memory serves others. */
  close(): void {
    if (!this.#open) return;
    for (const member of this.#members) member.row = -1;
    this.#members.length = 0;
    this.#rows.free();
    this.#open = false;
  }

  /** Take a member in among those that are stepped next; for `StreamMember`. */
  admit(member: StreamMember): void {
    if (member.row < this.#fed) return;
    this.#exchange(member.row, this.#fed);
    this.#fed++;
  }

  /** Leave a member out of the next step; for `StreamMember`. */
  withdraw(member: StreamMember): void {
    if (member.row >= this.#fed) return;
    this.#fed--;
    this.#exchange(member.row, this.#fed);
  }

  /** Remove a member; for `StreamMember`. */
  dismiss(member: StreamMember): void {
    this.withdraw(member);
    this.#exchange(member.row, this.#members.length - 1);
    this.#members.pop();
    member.row = -1;
  }

  /** [O] of a row; for `StreamMember`. */
  outputOf(row: number): Float32Array {
    const all = this.#rows.output;
    if (this.#outputs[0]?.buffer !== all.buffer) {
      const width = this.model.outputSize;
      this.#outputs = Array.from({ length: this.capacity }, (_, i) => all.subarray(i * width, (i + 1) * width));
    }
    return this.#outputs[row];
  }

  #exchange(a: number, b: number): void {
    if (a === b) return;
    this.#rows.swap(a, b);
    const [first, second] = [this.#members[a], this.#members[b]];
    this.#members[a] = second;
    this.#members[b] = first;
    second.row = a;
    first.row = b;
  }
}

/** One stream of a pool. Made by `StreamPool.join`. */
export class StreamMember {
  readonly pool: StreamPool;
  readonly #rows: StepRows;
  /** Where the pool keeps it just now; −1 after it has left. */
  row: number;

  constructor(pool: StreamPool, rows: StepRows, row: number) {
    this.pool = pool;
    this.#rows = rows;
    this.row = row;
  }

  /**
   * Say what the pool's next step reads; the last word counts.
   *
   * @param x [I] numbers, or a token for a model with an embedding
   *
   * Errors: `E_SHAPE`, `E_INDEX`, `E_STREAM_INPUT`, `E_STREAM_CLOSED`; the member is not fed then, whatever it had before.
   */
  feed(x: number | ArrayLike<number>): void {
    this.#check("feed");
    try {
      this.#rows.feed("StreamMember.feed", this.row, 1, x);
    } catch (error) {
      this.pool.withdraw(this);
      throw error;
    }
    this.pool.admit(this);
  }

  /** [O] of its last step. Ask after every step: rows move when members are fed, join or leave. */
  get output(): Float32Array {
    this.#check("output");
    return this.pool.outputOf(this.row);
  }

  /** The state as a value of its own, of one row. */
  save(): StreamState {
    this.#check("save");
    const values = new Float32Array(this.#rows.stateSize);
    this.#rows.read(this.row, values, 0);
    return { model: this.pool.model.hash, batch: 1, values };
  }

  /** Go on from a saved state of one row. Errors: `E_STREAM_STATE`. */
  restore(state: StreamState): void {
    this.#check("restore");
    const values = checkState("StreamMember.restore", state, this.pool.model.hash, 1, this.#rows.stateSize);
    this.#rows.write(this.row, values, 0);
  }

  /** Begin again with zeros. */
  reset(): void {
    this.#check("reset");
    this.#rows.clear(this.row);
  }

  /** Leave the pool; returns the state, for another pool or session to go on from. */
  leave(): StreamState {
    const state = this.save();
    this.pool.dismiss(this);
    return state;
  }

  #check(what: string): void {
    if (this.row < 0) throw streamClosed(`StreamMember.${what}`);
  }
}

/** A whole number of rows, or an error. */
export function checkRows(who: string, option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw badNumber(who, option, "a whole number ≥ 1", value);
}
