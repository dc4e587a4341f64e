/** The cell language: definitions, traces and plans. */
import { HiddenstateError } from "./letter.js";

/** A symbol of the cell language was used as a number. */
export function symbolCoerced(line: string): HiddenstateError {
  return new HiddenstateError(
    "E_SYMBOL",
    `cell step: a symbol was used as a plain value at ${line || "an unknown line"}. step runs once, with symbols, so it ` +
      `cannot branch on numbers or use + − × ÷. Use add, sub, mul, div, max, min, greater, where(condition, a, b).`,
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
    `cell step: delay needs a whole number of steps ≥ 1, received ${String(steps)}, at ${line || "an unknown line"}. ` +
      `A step sees itself and what was before it, never what comes.`,
  );
}

/** Something else than a symbol or a finite number where the cell language needs one. */
export function badOperand(op: string, received: string, line: string): HiddenstateError {
  return new HiddenstateError(
    "E_OPERAND",
    `cell step: ${op} needs a symbol of this cell or a finite number, received ${received}, at ${line || "an unknown line"}. ` +
      `A linear map onto gates gives one symbol per gate: a.i, a.f.`,
  );
}

/** `pick` of gates that do not lie side by side. */
export function gatesNotAdjacent(param: string, asked: readonly string[], gates: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_GATES",
    `${param}.pick(${asked.join(", ")}): expected gates that lie side by side in [${gates.join(", ")}]. ` +
      `Pick them in that order, or call pick once for each.`,
  );
}

/** A cell definition that contradicts itself. */
export function badDefinition(cell: string, what: string): HiddenstateError {
  return new HiddenstateError("E_CELL", `defineCell "${cell}": ${what}.`);
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
      `Leave it out, or take zoneout or inputDropout, which every cell has room for.`,
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
