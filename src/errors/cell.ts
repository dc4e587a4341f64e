/** The cell language: definitions, traces and plans. */
import { HiddenstateError, knownText } from "./letter.js";

/** A symbol of the cell language was used as a number. */
export function symbolCoerced(line: string): HiddenstateError {
  return new HiddenstateError(
    "E_SYMBOL",
    `cell step: a symbol was used as a plain value at ${line || "an unknown line"}. step runs once, with symbols, so it ` +
      `cannot branch on numbers or use + − × ÷. Use add, sub, mul, div, max, min, greater, where(condition, a, b).`,
  );
}

/** An error met while a step was traced, told with the line. */
export function atLine(error: HiddenstateError, line: string): HiddenstateError {
  return new HiddenstateError(error.code, `${error.message} Traced at ${line || "an unknown line"}.`);
}

/** A comparison that no value of the step reads: a branch was taken on it, whatever the numbers. */
export function comparisonUnread(line: string): HiddenstateError {
  return new HiddenstateError(
    "E_SYMBOL",
    `cell step: nothing reads the comparison at ${line || "an unknown line"}. Values are symbols, and every symbol is true ` +
      `to if, while, ?:, !, && and ||, so one branch was taken once and for all. Use where(condition, a, b); a and b: a.mul(b).`,
  );
}

/** What the functions of the language are called; methods of other libraries beside them. */
const FUNCTIONS =
  /^(tanh|sigmoid|relu|exp|log|sqrt|abs|sum|mean|size|rowMax|softmax|softplus|softsign|sign|clip|hardTanh|hardSigmoid|leakyRelu|modRelu|layerNorm|rmsNorm|columnMean|columnNorm|delay|candidate|linear|where|eachGate|stopGradient)$/;
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^(gt|more|greaterThan)$/, "a > b is a.greater(b)"],
  [/^(gte|ge)$/, "a ≥ b is a.greaterEqual(b)"],
  [/^(lt|less|lessThan)$/, "a < b is b.greater(a)"],
  [/^(lte|le|lessEqual)$/, "a ≤ b is b.greaterEqual(a)"],
  [/^(pow|square)$/, "a² is a.mul(a)"],
  [/^(plus|minus|times|divide|multiply|subtract)$/, "the words are add, sub, mul, div"],
  [/^(matmul|matMul|dot|mm)$/, "a matrix product is linear(value, p.W)"],
  [
    /^(concat|cat|slice|split|narrow|at|map|reshape)$/,
    "a width has a name, so nothing is cut or put together: a weight for each part",
  ],
  [/^(item|toArray|data|value|dataSync)$/, "step runs once, with symbols: there are no numbers yet"],
];

/** A name that a symbol does not have. */
export function unknownSymbolName(what: string, name: string, known: readonly string[], advice = ""): HiddenstateError {
  const [, elsewhere] = ELSEWHERE.find(([names]) => names.test(name)) ?? [];
  const instead = FUNCTIONS.test(name) ? `${name} is a function: ${name}(value)` : (elsewhere ?? advice);
  return new HiddenstateError(
    "E_NAME",
    `cell step: ${what} has no "${name}"${instead === "" ? "" : `; ${instead}`}. ${knownText(name, known)}`,
  );
}

/** Two values of different width met in the cell language. */
export function widthsDiffer(op: string, left: string, right: string, line: string): HiddenstateError {
  return new HiddenstateError(
    "E_WIDTH",
    `cell step: ${op} needs equal widths, received ${left} and ${right}, at ${line || "an unknown line"}. ` +
      `A linear map changes a width: linear(x, weight).`,
  );
}

/** A reduction over the units of something that has none. */
export function noWidth(op: string, line: string): HiddenstateError {
  return new HiddenstateError(
    "E_OPERAND",
    `cell step: ${op} needs a value with units, or one value per gate; received a number or none, at ` +
      `${line || "an unknown line"}. A constant has no units, and a sum over the units has none left.`,
  );
}

/** A delay by something else than whole steps. */
export function badDelay(steps: unknown, line: string): HiddenstateError {
  return new HiddenstateError(
    "E_NUMBER",
    `cell step: delay needs a whole number of steps from 1 to 10,000, received ${String(steps)}, at ${line || "an unknown line"}. ` +
      `A step sees itself and what was before it, never what comes.`,
  );
}

/** Something that a word of the cell language cannot work on: `needs` says what it can, `advice` what to write. */
export function badOperand(
  op: string,
  needs: string,
  received: string,
  line: string,
  advice: string,
): HiddenstateError {
  return new HiddenstateError(
    "E_OPERAND",
    `cell step: ${op} needs ${needs}, received ${received}, at ${line || "an unknown line"}. ${advice}`,
  );
}

/** `pick` of gates that do not lie side by side. */
export function gatesNotAdjacent(
  param: string,
  asked: readonly string[],
  gates: readonly string[],
  line: string,
): HiddenstateError {
  return new HiddenstateError(
    "E_GATES",
    gates.length === 0
      ? `${param}.pick(${asked.join(", ")}): this matrix has no gates, at ${line || "an unknown line"}. Read it whole, or give its ` +
          "rows gates, as in recurrentWeight(gates(hidden), hidden)."
      : `${param}.pick(${asked.join(", ")}): expected gates that lie side by side in [${gates.join(", ")}], at ` +
          `${line || "an unknown line"}. Pick them in that order, or call pick once for each.`,
  );
}

/** A cell definition that contradicts itself; `line` is where it stands. */
export function badDefinition(cell: string, what: string, line = ""): HiddenstateError {
  return new HiddenstateError("E_CELL", `defineCell "${cell}": ${what}.${line === "" ? "" : ` Defined at ${line}.`}`);
}

/** A cell that cannot be a part of another one. */
export function notInlined(cell: string, what: string): HiddenstateError {
  return new HiddenstateError(
    "E_CELL",
    `"${cell}" cannot be written into another cell: ${what}. Take a cell of x and states alone, such as lstm or gru.`,
  );
}

/** A cell whose equations the planner cannot cut into stages. */
export function badPlan(section: string, what: string): HiddenstateError {
  return new HiddenstateError("E_PLAN", `planning the ${section} of a cell: ${what}.`);
}

/** A plan that contradicts its own format, found while emitting code for it. */
export function planNotEmittable(cell: string, what: string): HiddenstateError {
  return new HiddenstateError(
    "E_EMIT",
    `emitting the plan of ${cell}: ${what}. A plan must follow the format in src/cell/plan-format.ts.`,
  );
}

/** A regulariser that finds nothing to work on in a cell. */
export function nothingToDrop(cell: string, regulariser: string, what: string): HiddenstateError {
  return new HiddenstateError(
    "E_REGULARISER",
    `${regulariser} of ${cell}: expected a cell it can drop something of; ${cell} ${what}. ` +
      `Leave it out, or take zoneout, or inputDropout with tied masks, which every cell has room for.`,
  );
}

/** A rewrite whose mask a cell has already. */
export function maskTaken(cell: string, mask: string): HiddenstateError {
  return new HiddenstateError(
    "E_REGULARISER",
    `a rewrite of ${cell}: expected a cell without an input ${mask}; it has one already. ` +
      `Apply a regulariser once, as a rewrite or as an option, and call inputs of your own something else.`,
  );
}
