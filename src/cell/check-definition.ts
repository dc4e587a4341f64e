/** What a definition must be before its step is traced: written by hand, it may miss a field or hold a slip of one. */
import { atLine, badDefinition, comparisonUnread, unknownOption, unknownValue } from "../errors.js";
import { callerLine } from "./caller-line.js";
import type { CellSpec, ParameterSpec } from "./define.js";
import { argumentsOf, type Graph, type NodeId } from "./graph.js";
import { Expression, received } from "./symbol.js";

type AnySpec = CellSpec<string, string, Record<string, ParameterSpec>, string>;

const FIELDS: Readonly<Record<keyof AnySpec, "required" | "optional">> = {
  name: "required",
  reference: "optional",
  summary: "optional",
  gates: "optional",
  dims: "optional",
  params: "required",
  state: "required",
  inputs: "optional",
  memory: "optional",
  step: "required",
  output: "required",
  forgetGate: "optional",
  inputGate: "optional",
  updateGate: "optional",
};

/** Refuse a definition with fields that there are not, without those that there must be, or with two gates of one name. */
export function checkFields(spec: AnySpec): void {
  const given: unknown = spec;
  if (typeof given !== "object" || given === null) {
    throw refusal("?", `expected a record of ${Object.keys(FIELDS).join(", ")}; received ${received(given)}`);
  }
  const { name } = spec;
  if (typeof name !== "string" || name === "") {
    throw refusal("?", `name must be text, what checkpoints and --cell say; received ${received(name)}`);
  }
  for (const field of Object.keys(spec)) {
    if (!Object.hasOwn(FIELDS, field)) {
      throw atLine(unknownOption(`defineCell "${name}"`, field, Object.keys(FIELDS)), callerLine());
    }
  }
  for (const field of ["params", "step", "output"] as const) {
    if (typeof spec[field] !== "function")
      throw refusal(name, `${field} must be a function; received ${received(spec[field])}`);
  }
  if (!isRecord(spec.state)) {
    throw refusal(name, `state must be a record of widths, { h: "hidden" }; received ${received(spec.state)}`);
  }
  const { gates = [], dims = {}, updateGate } = spec;
  if (!Array.isArray(gates)) throw refusal(name, `gates must be a list of names; received ${received(gates)}`);
  const twice = gates.find((gate, k) => gates.indexOf(gate) !== k);
  if (twice !== undefined) throw refusal(name, `it has two gates "${twice}"; a gate is known by its name`);
  for (const [dim, width] of Object.entries<unknown>(dims)) {
    if (dim === "input" || dim === "hidden") {
      throw refusal(
        name,
        `dims cannot say ${dim}: that is the layer's, ${dim}Size; give a width of the cell its own name`,
      );
    }
    if (Number.isInteger(width) && (width as number) > 0) continue;
    if (width !== "input" && width !== "hidden")
      throw wrongValue(name, `dims.${dim}`, width, ["input", "hidden", "a whole number ≥ 1"]);
  }
  if (updateGate !== undefined && !["keeps", "takes"].includes(updateGate.open)) {
    throw wrongValue(name, "updateGate.open", updateGate.open, ["keeps", "takes"]);
  }
  if (!["undefined", "boolean"].includes(typeof updateGate?.tied)) {
    throw wrongValue(name, "updateGate.tied", updateGate?.tied, ["true", "false"]);
  }
}

/** Refuse parameters that are none, or of widths that there are not. */
export function checkParameters(
  cell: string,
  params: Readonly<Record<string, ParameterSpec>>,
  widths: readonly string[],
): void {
  if (!isRecord(params))
    throw refusal(cell, `params must return a record of parameters; it returned ${received(params)}`);
  for (const [name, spec] of Object.entries(params)) {
    if (!isRecord(spec) || (spec.kind !== "matrix" && spec.kind !== "vector")) {
      throw refusal(
        cell,
        `parameter ${name} must be made by inputWeight, bias and the like; received ${received(spec)}`,
      );
    }
    const { dim, gates } = spec.rows;
    for (const width of spec.kind === "matrix" ? [dim, spec.cols] : [dim]) {
      if (!widths.includes(width)) {
        throw refusal(cell, `parameter ${name} has unknown width "${width}"; there are ${widths.join(", ")}`);
      }
    }
    if (gates?.length === 0) throw refusal(cell, `parameter ${name} has gates, and the cell names none`);
  }
}

/** Refuse a step in which a comparison reaches neither a `where` nor what the step returned, `kept`: it was branched on. */
export function checkComparisons(graph: Graph, kept: readonly NodeId[]): void {
  const { comparisons, spared } = graph.tracing!;
  if (comparisons.size === 0) return;
  const reached = new Set<NodeId>();
  const waiting = [...kept, ...spared, ...graph.delays.map(({ of }) => of)];
  // A choice that was made as it should be and then left unread is no mistake.
  for (const [id, { kind }] of graph.nodes.entries()) if (kind === "select") waiting.push(id);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    waiting.push(...argumentsOf(graph.node(id)));
  }
  for (const [id, line] of comparisons) if (!reached.has(id)) throw comparisonUnread(line);
}

/** What a step returned must be a record; in words what came. */
export function checkReturned(cell: string, next: unknown, states: readonly string[]): void {
  if (isRecord(next) && !(next instanceof Expression)) return;
  throw refusal(
    cell,
    `step must return a record of the next states, { ${states.join(", ")} }; it returned ${received(next)}`,
  );
}

/** `badDefinition` with the line of the definition. */
export function refusal(cell: string, what: string): Error {
  return badDefinition(cell, what, callerLine());
}

function wrongValue(cell: string, option: string, value: unknown, known: readonly string[]): Error {
  return atLine(unknownValue(`defineCell "${cell}"`, option, value, known), callerLine());
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Promise);
}
