/** Tensors, scopes and the tape. */
import { HiddenstateError, shapeText } from "./letter.js";

/** A shape with an extent that is negative or no whole number. */
export function badShape(who: string, shape: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_SHAPE",
    `${who}: ${shapeText(shape)} is no shape. Every extent is a whole number ≥ 0.`,
  );
}

/** An operand with the wrong number of dimensions. */
export function badRank(who: string, expected: string, received: readonly number[]): HiddenstateError {
  return new HiddenstateError("E_SHAPE", `${who}: expected ${expected}, received shape ${shapeText(received)}.`);
}

/** Two operands whose shapes do not fit each other; `rule` says how they would. */
export function shapesDoNotFit(
  who: string,
  a: readonly number[],
  b: readonly number[],
  rule: string,
): HiddenstateError {
  return new HiddenstateError("E_SHAPE", `${who}: ${shapeText(a)} and ${shapeText(b)} do not fit: ${rule}.`);
}

/** Two shapes that broadcasting cannot bring together. */
export function broadcastMismatch(who: string, a: readonly number[], b: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_BROADCAST",
    `${who}: ${shapeText(a)} and ${shapeText(b)} do not broadcast. ` +
      "Aligned at the last dimension, two extents must be equal or one of them 1.",
  );
}

/** An axis that the tensor does not have. */
export function axisOutOfRange(who: string, axis: number, shape: readonly number[]): HiddenstateError {
  const range = shape.length === 0 ? "has no axes" : `has axes ${-shape.length} … ${shape.length - 1}`;
  return new HiddenstateError(
    "E_AXIS",
    `${who}: there is no axis ${axis}; a tensor of shape ${shapeText(shape)} ${range}.`,
  );
}

/** An axis list that is no permutation. */
export function badPermutation(order: readonly number[], shape: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_AXIS",
    `permute: ${shapeText(order)} does not name each of the ${shape.length} axes of ${shapeText(shape)} once.`,
  );
}

/** A list of values that does not fill a shape. */
export function sizeMismatch(who: string, shape: readonly number[], received: number): HiddenstateError {
  const expected = shape.reduce((product, extent) => product * extent, 1);
  return new HiddenstateError(
    "E_SIZE",
    `${who}: shape ${shapeText(shape)} holds ${expected} elements, received ${received}.`,
  );
}

/** A range start…end that does not lie on the axis. */
export function badRange(who: string, start: number, end: number, extent: number): HiddenstateError {
  return new HiddenstateError(
    "E_RANGE",
    `${who}: ${start} … ${end} is no range on an axis of ${extent}. Expected 0 ≤ start ≤ end ≤ ${extent} ` +
      "(negative numbers count from the end).",
  );
}

/** A tensor of the wrong kind of number. */
export function wrongDtype(who: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError("E_DTYPE", `${who}: expected ${expected}, received ${received}. Convert with astype().`);
}

/** Operands of different kinds of number. */
export function mixedDtypes(who: string, dtypes: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_DTYPE",
    `${who}: the operands are ${dtypes.join(" and ")}. Convert one of them with astype(); nothing is converted silently.`,
  );
}

/** An index outside the table. */
export function indexOutOfRange(
  who: string,
  index: number,
  position: number,
  low: number,
  high: number,
): HiddenstateError {
  return new HiddenstateError(
    "E_INDEX",
    `${who}: index ${index} at position ${position} is out of range. ` +
      `Expected ${low === -Infinity ? "at most" : `${low} …`} ${high - 1}.`,
  );
}

/** `item()` on a tensor that is not one number. */
export function itemOfMany(shape: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_ITEM",
    `item: expected a tensor of one element, received shape ${shapeText(shape)}. Use toArray(), or reduce it first.`,
  );
}

/** A tensor whose memory is gone. */
export function staleTensor(disposed: boolean): HiddenstateError {
  return new HiddenstateError(
    "E_STALE",
    disposed
      ? "This tensor was disposed of. Do not use it, or its views, after dispose()."
      : "This tensor was made in a scope that has ended, and its memory with it. Return it from the scope to keep it.",
  );
}

/** A scope whose callback is asynchronous. */
export function promiseFromScope(who: string): HiddenstateError {
  return new HiddenstateError(
    "E_SCOPE",
    `${who}: the callback returned a promise. Its memory is freed when the callback returns, so the callback must be ` +
      "synchronous: await first, then open the scope.",
  );
}

/** `backward()` on something that nothing differentiable led to. */
export function backwardWithoutGraph(): HiddenstateError {
  return new HiddenstateError(
    "E_BACKWARD",
    "backward: this tensor depends on no tensor that requires a gradient, or was computed within noGrad() or detached.",
  );
}

/** `backward()` on many numbers without a gradient to start from. */
export function backwardOfMany(shape: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_BACKWARD",
    `backward: shape ${shapeText(shape)} is not one number. Reduce it to a loss with sum() or mean(), or pass ` +
      "{ gradient } of the same shape.",
  );
}

/** A graph that was walked, and freed, before. */
export function graphFreed(): HiddenstateError {
  return new HiddenstateError(
    "E_BACKWARD",
    "backward: this part of the graph was freed by an earlier backward(). Pass { retain: true } to the first one, or " +
      "detach() what you carry from one step to the next.",
  );
}

/** A gradient that reaches back into a scope that has ended. */
export function graphEnded(): HiddenstateError {
  return new HiddenstateError(
    "E_BACKWARD",
    "backward: the graph leads into a scope that has ended. Call backward() inside the scope, and detach() what you " +
      "return from it and use again.",
  );
}

/** A backward function whose gradients do not fit its inputs. */
export function badGradient(op: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError("E_GRADIENT", `${op}: backward must return ${expected}, returned ${received}.`);
}

/** A mean over nothing. */
export function nothingToAverage(who: string, why: string): HiddenstateError {
  return new HiddenstateError("E_EMPTY", `${who}: ${why}, so the mean would be 0/0.`);
}

/** A number outside its range. */
export function outOfRange(who: string, what: string, received: number, expected: string): HiddenstateError {
  return new HiddenstateError("E_VALUE", `${who}: ${what} is ${received}. Expected ${expected}.`);
}

/** An analytic gradient that differs from the measured one. */
export function gradientDiffers(report: string): HiddenstateError {
  return new HiddenstateError("E_GRADCHECK", report);
}

/** A system of equations without a single solution. */
export function singularMatrix(who: string, column: number): HiddenstateError {
  return new HiddenstateError(
    "E_SINGULAR",
    `${who}: the matrix is singular or not finite: no pivot is left in column ${column}.`,
  );
}
