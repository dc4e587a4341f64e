/** The mark of what update dropout may drop. */
import { noWidth } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { Expression } from "./symbol.js";

/**
 * The same value, marked as what the step would write into its state before any gate: update dropout drops it, in all its
 * uses. Errors: `E_OPERAND` for a number per row.
 */
export function candidate(x: Expression): Expression {
  if (!(x instanceof Expression)) throw noWidth("candidate", callerLine());
  const { graph, id } = x;
  if (graph.node(id).dim === null) throw noWidth("candidate", callerLine());
  if (!graph.candidates.includes(id)) graph.candidates.push(id);
  return x;
}
