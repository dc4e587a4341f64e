/** Functions of one value, written in the cell language: their derivatives follow from its rules. */
import { atLine, invalidValue, unknownValue } from "../errors.js";
import { callerLine } from "./caller-line.js";
import { abs, exp, log, received, relu, symbolFor, where, type Expression } from "./symbol.js";

/** min(max(x, low), high): the gradient is that of x inside, and none outside. Errors: `E_VALUE` unless both are numbers and low ≤ high. */
export function clip(x: Expression, low: number, high: number): Expression {
  for (const [name, value] of Object.entries({ low, high })) {
    if (typeof value !== "number" || Number.isNaN(value))
      throw atLine(invalidValue("clip", name, "a number", received(value)), callerLine());
  }
  if (low > high) throw atLine(invalidValue("clip", "high", `at least low, ${low}`, high), callerLine());
  return symbolFor("clip", x).max(low).min(high);
}

/** min(max(x, −1), 1). */
export const hardTanh = (x: Expression): Expression => clip(x, -1, 1);

/** Slopes at 0 of what different systems call the hard sigmoid. */
const HARD_SIGMOID = { keras3: 1 / 6, keras2: 0.2, onnx: 0.2 } as const;

/** Whose hard sigmoid: Keras 3 (and PyTorch), Keras 1 and 2 (and TensorFlow.js), ONNX with its default α and β. */
export type HardSigmoid = keyof typeof HARD_SIGMOID;

/**
 * min(max(slope·x + ½, 0), 1), with slope 1/6 for `"keras3"` (and PyTorch), 1/5 for `"keras2"` and `"onnx"`.
 *
 * There is no default: a network that was trained with one slope is wrong with the other. Errors: `E_VALUE`.
 */
export function hardSigmoid(x: Expression, definition: HardSigmoid): Expression {
  if (!Object.hasOwn(HARD_SIGMOID, definition)) {
    throw atLine(unknownValue("hardSigmoid", "definition", definition, Object.keys(HARD_SIGMOID)), callerLine());
  }
  return clip(symbolFor("hardSigmoid", x).mul(HARD_SIGMOID[definition]).add(0.5), 0, 1);
}

/**
 * ln(1 + eˣ), computed as max(x, 0) + ln(1 + e^−|x|).
 *
 * −|x| is a choice between x and −x, so that at 0 its derivative is that of x, as the 0 of max there needs it: ½ in all.
 */
export const softplus = (x: Expression): Expression =>
  relu(symbolFor("softplus", x)).add(log(exp(where(x.greater(0), x.neg(), x)).add(1)));

/** x / (1 + |x|). */
export const softsign = (x: Expression): Expression => symbolFor("softsign", x).div(abs(x).add(1));

/** x where x > 0, else slope·x. */
export function leakyRelu(x: Expression, slope: number): Expression {
  return where(symbolFor("leakyRelu", x).greater(0), x, x.mul(slope));
}

/** −1, 0 or 1; no gradient. */
export const sign = (x: Expression): Expression => symbolFor("sign", x).greater(0).sub(x.neg().greater(0));

/**
 * sign(x) ⊙ max(|x| + b, 0): a rectifier that keeps the sign, for recurrences that keep lengths.
 *
 * Source: Arjovsky, Shah & Bengio 2016, https://arxiv.org/abs/1511.06464, for real numbers as in Lezcano-Casado & Martínez-Rubio 2019.
 */
export function modRelu(x: Expression, b: Expression | number): Expression {
  return sign(x).mul(relu(abs(x).add(b)));
}
