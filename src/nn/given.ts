/** What a caller hands in, checked at the door: a wish that nobody reads is a wrong figure, and a slip deserves a letter. */
import type { CellDefinition } from "../cell/index.js";
import {
  invalidValue,
  notCell,
  notFunction,
  notGenerator,
  notOptions,
  notStateful,
  notStepModule,
  notTensor,
  unknownOption,
} from "../errors.js";
import { Rng } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import { Module } from "./module.js";

/** What a recurrent layer may be told in a call: which steps there are, what a step reads, and all of it. */
export const SELECTION: readonly string[] = ["lengths", "mask", "reset", "skippedOutput"];
export const STEP_INPUT: readonly string[] = ["inputs", "rng"];
export const RECURRENT_INPUT: readonly string[] = [
  ...SELECTION,
  "state",
  "resetTo",
  "segment",
  "weights",
  ...STEP_INPUT,
];

/** Errors: `E_OPTION` for what is no object, or has a name that is none of `known`. */
export function expectOptions(who: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw notOptions(who, known, given);
  for (const name of Object.keys(given)) if (!known.includes(name)) throw unknownOption(who, name, known);
}

/** Errors: `E_TENSOR`. */
export function expectTensor(who: string, name: string, given: unknown): void {
  if (!(given instanceof Tensor)) throw notTensor(who, name, given);
}

/** Errors: `E_RNG`. */
export function expectRng(who: string, given: unknown): void {
  if (!(given instanceof Rng)) throw notGenerator(who, given);
}

/** Errors: `E_VALUE`; `form` is what the function looks like, `(rng) => Tensor`. */
export function expectFunction(who: string, name: string, form: string, given: unknown): void {
  if (typeof given !== "function") throw notFunction(who, name, form, given);
}

/** A switch, which is on or off: "false" would be on. Errors: `E_VALUE`. */
export function expectSwitch(who: string, name: string, given: unknown): void {
  if (typeof given !== "boolean") throw invalidValue(who, name, "true or false", given);
}

/** A call on x with options, among them perhaps a generator. Errors: `E_TENSOR`, `E_OPTION`, `E_RNG`. */
export function expectCall(who: string, x: unknown, given: unknown, known: readonly string[]): void {
  expectTensor(who, "x", x);
  expectDraws(who, given, known);
}

/** Options of what draws, if it is given a generator. Errors: `E_OPTION`, `E_RNG`. */
export function expectDraws(who: string, given: unknown, known: readonly string[]): void {
  expectOptions(who, given, known);
  const { rng } = given as { readonly rng?: unknown };
  if (rng !== undefined) expectRng(who, rng);
}

/** Errors: `E_CELL`. */
export function expectCell(who: string, given: unknown): asserts given is CellDefinition {
  const cell = given as Partial<CellDefinition> | null | undefined;
  if (typeof cell === "object" && cell?.trace !== undefined && cell.params !== undefined) return;
  throw notCell(who, given, typeof (given as { readonly step?: unknown } | null | undefined)?.step === "function");
}

/** Errors: `E_MODULE` for what is no module that does one step. */
export function expectStepModule(who: string, given: unknown): void {
  const one = given as Readonly<Record<string, unknown>>;
  if (!(given instanceof Module)) throw notStepModule(who, "expected a step module", given);
  if (typeof one["step"] !== "function") throw notStepModule(who, "expected a module with step(x, state)", given);
  const size = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
  for (const name of ["inputSize", "outputSize"]) {
    if (!size(one[name])) throw notStepModule(who, `expected ${name} of the module as a whole number ≥ 1`, one[name]);
  }
  const sizes = one["stateSizes"];
  if (typeof sizes !== "object" || sizes === null || !Object.values(sizes).every(size)) {
    throw notStepModule(who, "expected stateSizes of the module, the width of each state by its name", sizes);
  }
}

/** Errors: `E_MODULE` for what has no states to start from. */
export function expectStateful(who: string, given: unknown): void {
  const one = given as { readonly zeroState?: unknown; readonly suffixes?: unknown } | null | undefined;
  if (typeof one?.zeroState !== "function" || !Array.isArray(one.suffixes)) throw notStateful(who, given);
}
