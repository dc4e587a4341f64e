/** Truncated backpropagation through time with a stride k1 and a window k2 of its own. */
import { badNumber } from "../errors.js";
import { concat, slice, type Tensor } from "../tensor/index.js";
import { expectOptions } from "./given.js";
import { expectOneDirection } from "./one-direction.js";
import { detachState, type Recurrent, type RecurrentState } from "./recurrent.js";
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

/**
 * Run a window: x [to − from, B, I] from the state at `from` → the output of the steps that the loss counts, [to − loss,
 * B, O], and the state at `next`, without history, for the window that follows.
 *
 * After an update the carried state is one of the weights before it, as always when windows overlap or follow each other.
 * Errors: as `Recurrent.forward`; `E_NUMBER` for a bidirectional stack, whose other half starts at the end,
 * and `E_OPTION_NEEDS` for a reversed one.
 *
 * @example
 * let state = net.zeroState(B);
 * for (const window of truncatedWindows(T, { stride: 10, window: 40 })) {
 *   state = scope(() => {
 *     const { output, carried } = forwardWindow(net, x.slice(0, window.from, window.to), window, state);
 *     lossOf(output, y.slice(0, window.loss, window.to)).backward();
 *     return carried;
 *   });
 * }
 */
export function forwardWindow(
  net: Recurrent | Stack | TapeRecurrent,
  x: Tensor,
  { from, loss, to, next }: TruncatedWindow,
  state?: RecurrentState,
): { readonly output: Tensor; readonly carried: RecurrentState } {
  for (const { options } of net instanceof Stack ? net.layers : [net]) expectOneDirection("forwardWindow", options);
  const start = state ?? net.zeroState(x.shape[1]);
  const outputs: Tensor[] = [];
  let [running, carried] = [start, start];
  for (const [begin, end] of [
    [from, next],
    [next, to],
  ]) {
    if (begin < end) {
      const run = net.forward(slice(x, 0, begin - from, end - from), { state: running });
      outputs.push(run.output);
      running = run.state;
    }
    if (end === next) carried = running;
  }
  const output = outputs.length === 1 ? outputs[0] : concat(outputs, 0);
  return { output: slice(output, 0, loss - from), carried: detachState(carried) };
}
