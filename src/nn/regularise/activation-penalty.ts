/** Penalties on what a recurrent layer puts out: terms to be added to the loss. */
import { badLengths, badNumber, badRank } from "../../errors.js";
import { expectOptions, expectTensor } from "../given.js";
import { mul, scale, slice, square, sub, sum, Tensor } from "../../tensor/index.js";

export interface ActivationPenaltyOptions {
  /** Steps of each sequence of the batch; what comes after counts for nothing. Default: all T. */
  readonly lengths?: readonly number[];
}

/**
 * Activation regularisation: alpha · mean(h²), over all units of all steps within the lengths.
 *
 * output [T, B, F] → []; 0 where there are no steps. The AWD-LSTM applies it, with alpha = 2, to the last layer's output
 * after dropout. Errors: `E_SHAPE`, `E_LENGTHS`, `E_NUMBER` for a negative alpha. Source: Merity, McCann, Socher 2017,
 * "Revisiting activation regularization for language RNNs".
 */
export function activationPenalty(output: Tensor, alpha: number, options: ActivationPenaltyOptions = {}): Tensor {
  const who = "activationPenalty";
  expectOptions(who, options, ["lengths"]);
  checkFactor(who, "alpha", alpha);
  return meanSquare(who, output, output, alpha, options.lengths, 0);
}

/**
 * Temporal activation regularisation: beta · mean((h_{t+1} − h_t)²), over all pairs of steps within the lengths.
 *
 * output [T, B, F] → []; 0 where there are no pairs. The AWD-LSTM applies it, with beta = 1, to the last layer's output
 * before dropout. Errors: `E_SHAPE`, `E_LENGTHS`, `E_NUMBER` for a negative beta. Source: as `activationPenalty`.
 */
export function temporalActivationPenalty(
  output: Tensor,
  beta: number,
  options: ActivationPenaltyOptions = {},
): Tensor {
  const who = "temporalActivationPenalty";
  expectOptions(who, options, ["lengths"]);
  checkFactor(who, "beta", beta);
  checkOutput(who, output);
  const later = slice(output, 0, Math.min(1, output.shape[0]));
  const earlier = slice(output, 0, 0, later.shape[0]);
  return meanSquare(who, output, sub(later, earlier), beta, options.lengths, 1);
}

/** factor · mean(x²) over steps t of x with t + lost < length; `output` is what the lengths speak of. */
function meanSquare(
  who: string,
  output: Tensor,
  x: Tensor,
  factor: number,
  lengths: readonly number[] | undefined,
  lost: number,
): Tensor {
  checkOutput(who, output);
  const [T, B, F] = output.shape;
  if (lengths === undefined) return scale(sum(square(x)), factor / Math.max(1, x.size));
  if (!Array.isArray(lengths) && !ArrayBuffer.isView(lengths))
    throw badLengths(who, B, T, `received ${String(lengths)}`);
  if (lengths.length !== B) throw badLengths(who, B, T, `${lengths.length} were given`);
  for (const length of lengths) {
    if (!Number.isInteger(length) || length < 0 || length > T) throw badLengths(who, B, T, `${length} is not`);
  }
  const [steps] = x.shape;
  const counts = Tensor.from(
    Float32Array.from({ length: steps * B }, (_, i) => (Math.floor(i / B) + lost < lengths[i % B] ? 1 : 0)),
    [steps, B, 1],
    { dtype: x.dtype },
  );
  const elements = F * lengths.reduce((total, length) => total + Math.max(0, length - lost), 0);
  return scale(sum(square(mul(x, counts))), factor / Math.max(1, elements));
}

function checkFactor(who: string, name: string, factor: number): void {
  if (!(factor >= 0 && factor < Infinity)) throw badNumber(who, name, "a number from 0", factor);
}

function checkOutput(who: string, output: Tensor): void {
  expectTensor(who, "output", output);
  if (output.rank !== 3) throw badRank(who, "an output [T, B, F]", output.shape);
}
