/** Truncated backpropagation through time with a stride k1 and a window k2 of its own. */
import { badNumber, shapeMismatch } from "../errors.js";
import { concat, gatherRows, noGrad, reshape, select, slice, Tensor } from "../tensor/index.js";
import { expectCall, expectOptions, expectStateful, RECURRENT_INPUT } from "./given.js";
import { expectOneDirection } from "./one-direction.js";
import {
  type CellState,
  detachState,
  type Recurrent,
  type RecurrentInput,
  type RecurrentState,
  type RecurrentTrace,
} from "./recurrent.js";
import { ANEW, standings, START } from "./sequence-pieces.js";
import { Stack } from "./stack.js";
import type { TapeRecurrent } from "./tape-recurrent.js";

export interface TruncationOptions {
  /** k1: steps from one update to the next, those that the loss of a window counts. */
  readonly stride: number;
  /** k2 ≥ k1: steps that gradients flow back through. */
  readonly window: number;
}

/** Steps of one window: it runs from … to − 1, the loss counts loss … to − 1, the next window starts at `next`. */
export interface TruncatedWindow {
  readonly from: number;
  readonly loss: number;
  readonly to: number;
  readonly next: number;
}

/**
 * The windows of T steps: every k1 steps one that reaches back k2 steps (fewer at the start), so that every step is in
 * the loss of exactly one. With k1 = k2 they are ordinary consecutive windows.
 *
 * Errors: `E_NUMBER` unless T ≥ 0 and 1 ≤ k1 ≤ k2 are whole numbers.
 *
 * @example truncatedWindows(5, { stride: 2, window: 3 })
 * // [{ from: 0, loss: 0, to: 2, next: 1 }, { from: 1, loss: 2, to: 4, next: 2 }, { from: 2, loss: 4, to: 5, next: 5 }]
 */
export function truncatedWindows(steps: number, options: TruncationOptions): TruncatedWindow[] {
  expectOptions("truncatedWindows", options, ["stride", "window"]);
  const { stride, window } = options;
  const check = (name: string, value: number, low: number): void => {
    if (!Number.isInteger(value) || value < low) {
      throw badNumber("truncatedWindows", name, `a whole number ≥ ${low}`, value);
    }
  };
  check("steps", steps, 0);
  check("stride", stride, 1);
  check("window", window, stride);
  const windows: TruncatedWindow[] = [];
  for (let loss = 0; loss < steps; loss += stride) {
    const to = Math.min(loss + stride, steps);
    const next = to === steps ? steps : Math.max(Math.min(to + stride, steps) - window, 0);
    windows.push({ from: Math.max(to - window, 0), loss, to, next });
  }
  return windows;
}

/** What a window is told beside its state: all of what `forward` takes. */
export type WindowInput = Omit<RecurrentInput, "state">;

/**
 * Run a window: x [to − from, B, I] from the state at `from` → the output of the steps that the loss counts, [to − loss,
 * B, O], and the state at `next`, without history, for the window that follows.
 *
 * `input` is what `forward` takes beside the state, of the steps of the window: rows `from` … `to` − 1 of what has a row for
 * every step, lengths counted from `from`. The window is one call, so the output is that of `forward` bit by bit, with
 * every mask drawn once: one per sequence holds on both sides of `next`, one per step belongs to its step. Windows that
 * overlap run the same steps twice; another `rng` for each draws other masks for them. A step that is not there leaves the state at
 * `next` as it was; where a sequence is to begin anew and has no step yet, that is what it begins from.
 *
 * After an update the carried state is one of the weights before it, as always when windows overlap or follow each other.
 * Errors: as `Recurrent.forward`; `E_SHAPE` where x has other steps than the window; `E_OPTION` for an unknown name, `state`
 * included; `E_NUMBER` for a bidirectional stack, whose other half starts at the end, and `E_OPTION_NEEDS` for a reversed one.
 *
 * @example
 * let state = net.zeroState(B);
 * for (const window of truncatedWindows(T, { stride: 10, window: 40 })) {
 *   state = scope(() => {
 *     const { output, carried } = forwardWindow(net, x.slice(0, window.from, window.to), window, state, {
 *       rng: rng.split(window.loss),
 *     });
 *     lossOf(output, y.slice(0, window.loss, window.to)).backward();
 *     return carried;
 *   });
 * }
 */
export function forwardWindow(
  net: Recurrent | Stack | TapeRecurrent,
  x: Tensor,
  window: TruncatedWindow,
  state?: RecurrentState,
  input: WindowInput = {},
): { readonly output: Tensor; readonly carried: RecurrentState } {
  const who = "forwardWindow";
  expectStateful(who, net);
  expectOptions(`${who}: window`, window, WINDOW);
  const { from, loss, to, next } = window;
  expectCall(who, x, input, WINDOW_INPUT);
  for (const { options } of net instanceof Stack ? net.layers : [net]) expectOneDirection(who, options);
  if (x.shape[0] !== to - from) {
    const advice = `The window is steps ${from} … ${to - 1}: x.slice(0, window.from, window.to).`;
    throw shapeMismatch(who, [to - from, "B", "I"], x.shape, advice);
  }
  const call = { ...input, ...(state === undefined ? {} : { state }) };
  // The end is known without the states before it, unless a sequence begins anew on a step that is not there.
  const inside = next > from && (next < to || input.reset !== undefined);
  const run: RecurrentTrace = inside ? net.trace(x, call) : { ...net.forward(x, call), states: [] };
  const carried = noGrad(() => {
    if (inside) return stateAt(next - from, run, call);
    return next === from ? (state ?? run.state.map(zeros)) : run.state;
  });
  return { output: slice(run.output, 0, loss - from), carried: detachState(carried) };
}

const WINDOW = ["from", "loss", "to", "next"];
const WINDOW_INPUT = RECURRENT_INPUT.filter((name) => name !== "state");

/** The state after the first `steps` > 0 of a traced call, as far as they are there. */
function stateAt(steps: number, { states }: RecurrentTrace, input: RecurrentInput): RecurrentState {
  const { lengths, mask, reset, state, resetTo } = input;
  if ((lengths ?? mask ?? reset) === undefined) {
    return states.map((record) => mapped(record, (value) => select(value, 0, steps - 1)));
  }
  const [T, B] = Object.values(states[0])[0].shape;
  const stands = standings(steps, B, input);
  return states.map((record, i) =>
    mapped(record, (value, name) => {
      const width = value.shape[2];
      const known = [reshape(value, [T * B, width])];
      // The rows of a given state come behind those that there are; a negative row is one of zeros.
      const place = (given: Tensor | undefined): number => (given === undefined ? -1 : (T + known.push(given) - 2) * B);
      const [start, anew] = [place(state?.[i][name]), place(resetTo?.[i][name])];
      const rows = stands.map((t, b) => {
        if (t !== START && t !== ANEW) return t * B + b;
        const first = t === START ? start : anew;
        return first < 0 ? -1 : first + b;
      });
      return gatherRows(concat(known, 0), Tensor.from(rows));
    }),
  );
}

const zeros = (record: CellState): CellState =>
  mapped(record, ({ shape, dtype }) => Tensor.zeros(shape, dtype as "f32" | "f64"));

function mapped(record: CellState, change: (value: Tensor, name: string) => Tensor): CellState {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
