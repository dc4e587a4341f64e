/** An earlier value of the step. */
import { badDelay, noWidth } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { Expression } from "./symbol.js";

/** Each step is a state that is moved at every step. */
const MOST = 10_000;

/**
 * What `x` was `steps` steps ago: delay(x, 1) at step t is x at step t − 1, and 0 before the first step.
 *
 * Each step of delay is a state of x's width, called `delay1`, `delay2` … in the order of asking, beside those that the
 * cell declares: so it is carried from window to window, in streams too, and its initial value can be given.
 *
 * Errors: `E_NUMBER` unless `steps` is a whole number from 1 to 10,000, `E_OPERAND` for a value without units.
 */
export function delay(x: Expression, steps = 1): Expression {
  if (!Number.isInteger(steps) || steps < 1 || steps > MOST) throw badDelay(steps, callerLine());
  let id: number | undefined = x instanceof Expression ? x.id : undefined;
  for (let i = 0; i < steps && id !== undefined; i++) id = x.graph.delay(id);
  if (id === undefined) throw noWidth("delay", callerLine());
  return new Expression(x.graph, id);
}
