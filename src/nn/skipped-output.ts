import { optionNeeds, unknownValue } from "../errors.js";
import { gatherRows, reshape, Tensor } from "../tensor/index.js";
import type { ReadingDirection } from "./one-direction.js";
import { piecesOf, type StepSelection } from "./sequence-pieces.js";

const CHOICES = ["zero", "previous"];

/**
 * The output [T, B, F] of a layer with what `skippedOutput` asks for in steps that were skipped: zeros, as they are; or the output of
 * the valid step that was read last, zeros where there is none.
 *
 * Errors: `E_VALUE` for another word, `E_OPTION_NEEDS` where there is no one step before a step.
 */
export function withSkippedOutput(
  who: string,
  output: Tensor,
  selection: StepSelection,
  { bidirectional, reverse }: ReadingDirection,
): Tensor {
  const { skippedOutput = "zero", lengths, mask } = selection;
  if (!CHOICES.includes(skippedOutput)) throw unknownValue(who, "skippedOutput", skippedOutput, CHOICES);
  if (skippedOutput === "zero" || (lengths ?? mask) === undefined) return output;
  if (bidirectional) throw optionNeeds(who, "skippedOutput", "layers of one direction, the same for all of them");
  const [T, B, F] = output.shape;
  // A negative row is one of zeros.
  const rows = new Int32Array(T * B).fill(-1);
  for (const { sequence: b, steps } of piecesOf(who, T, B, { lengths, mask }).pieces) {
    for (const t of steps) rows[t * B + b] = t * B + b;
  }
  for (let i = 0; i < T * B; i++) {
    const row = reverse ? T * B - 1 - i : i;
    const before = reverse ? row + B : row - B;
    if (rows[row] < 0 && before >= 0 && before < T * B) rows[row] = rows[before];
  }
  return reshape(gatherRows(reshape(output, [T * B, F]), Tensor.from(rows)), [T, B, F]);
}
