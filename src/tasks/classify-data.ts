/** Examples to classify: what they are, what must hold of them, and what tells one set from another. */
import {
  badExample,
  exampleWithoutLabel,
  inputKind,
  labelsUnknown,
  noArray,
  noExamples,
  oneClassOnly,
  seriesShape,
  severalLabels,
} from "../errors.js";
import { compareLabels } from "./compare-labels.js";
import type { DataIdentity } from "./task.js";
import { textFingerprint } from "./text-fingerprint.js";

/** A series of numbers: an array of T values for each of its D dimensions. */
export type Series = readonly ArrayLike<number>[];

/** A text with a label, or with several. */
export interface TextExample {
  readonly text: string;
  readonly label?: string;
  readonly labels?: readonly string[];
}

/** A series with a label, or with several. */
export interface SeriesExample {
  readonly series: Series;
  readonly label?: string;
  readonly labels?: readonly string[];
}

/** An example: `{ text: "a fine film", label: "good" }` or `{ series: [[0.1, 0.4, …]], label: "up" }`. */
export type ClassifyExample = TextExample | SeriesExample;

/** Examples, all texts or all series. */
export type ClassifyData = readonly ClassifyExample[];

/** What is to be classified: a text or a series. */
export type ClassifyInput = string | Series;

/** The input of an example. */
export function inputOf(example: ClassifyExample): ClassifyInput {
  return "text" in example ? example.text : example.series;
}

/** The labels of an example, one or several. */
export function labelsOf({ label, labels }: ClassifyExample): readonly string[] {
  return labels ?? (label === undefined ? [] : [label]);
}

/**
 * The labels of data, in the order that people expect: numbers by value, words by code point.
 *
 * @throws E_EXAMPLE for what is no example; E_DATA_EMPTY without examples; E_LABELS for an example without a label, or with several where one is meant; E_CLASSES
 *   for fewer than two labels; E_INPUT_KIND where texts and series are mixed; E_SERIES for series of different dimensions or
 *   with values that are no numbers
 */
export function checkExamples(who: string, data: ClassifyData, source: string, multiLabel: boolean): string[] {
  checkKinds(who, data);
  if (data.length === 0) throw noExamples(who, source);
  const found = new Set<string>();
  for (const [i, example] of data.entries()) {
    const labels = labelsOf(example);
    if (!multiLabel && labels.length === 0) throw exampleWithoutLabel(who, i);
    if (!multiLabel && labels.length > 1) throw severalLabels(who, i, labels);
    for (const label of labels) found.add(label);
    checkInput(who, i, inputOf(example), inputOf(data[0]));
  }
  // Of any number of labels even one says something: it is there or not.
  if (found.size < (multiLabel ? 1 : 2)) throw oneClassOnly(who, [...found]);
  return [...found].sort(compareLabels);
}

/** That an input is a text or a whole series like the first. Errors: `E_INPUT_KIND`, `E_SERIES`. */
export function checkInput(who: string, place: number, input: ClassifyInput, first: ClassifyInput): void {
  const kind = (one: ClassifyInput): string => (typeof one === "string" ? "a text" : "a series");
  if (kind(input) !== kind(first)) throw inputKind(who, place, kind(first), kind(input));
  if (typeof input === "string" || typeof first === "string") return;
  const size = input[0]?.length ?? 0;
  const wanted = `${first.length} dimension${first.length === 1 ? "" : "s"} of at least one value, all of one length`;
  if (input.length !== first.length || size === 0 || input.some(({ length }) => length !== size)) {
    const lengths = Array.from(input, ({ length }) => length);
    throw seriesShape(who, place, wanted, `dimensions of ${lengths.join(", ")} values`);
  }
  for (const dimension of input) {
    for (let t = 0; t < size; t++) {
      if (!Number.isFinite(dimension[t]))
        throw seriesShape(who, place, "finite numbers", `${dimension[t]} at step ${t}`);
    }
  }
}

/** Errors: `E_EXAMPLE` for what is no example, with its place from 0. */
function checkKinds(who: string, data: ClassifyData): void {
  if (!Array.isArray(data)) throw noArray(who, "examples", data);
  for (const [i, example] of (data as readonly unknown[]).entries()) {
    const { text, series, label, labels } = (example ?? {}) as Readonly<Record<string, unknown>>;
    if (!isInput(text ?? series)) throw badExample(who, i, EXAMPLE, example);
    const given = labels ?? (label === undefined ? [] : [label]);
    if (Array.isArray(given) && given.every((one) => typeof one === "string")) continue;
    throw badExample(who, i, "given label, a string, or labels, a list of strings", labels ?? label);
  }
}

const EXAMPLE = "{ text, label } with a string, or { series, label } with an array of numbers for each dimension";

/** Errors: `E_EXAMPLE` for what is neither text nor series, with its place from 0. */
export function checkInputs(who: string, inputs: readonly ClassifyInput[]): void {
  if (!Array.isArray(inputs)) throw noArray(who, "inputs", inputs);
  for (const [i, input] of inputs.entries()) {
    if (!isInput(input))
      throw badExample(who, i, "a text, or an array of numbers for each dimension of a series", input);
  }
}

function isInput(value: unknown): value is ClassifyInput {
  if (typeof value === "string") return true;
  const isDimension = (one: unknown): boolean => Array.isArray(one) || ArrayBuffer.isView(one);
  return Array.isArray(value) && value.every(isDimension);
}

/**
 * Errors: `E_LABELS` for labels that are not among the known ones, with all of them; `E_DATA_EMPTY`; `E_EXAMPLE` for what is no
 * example.
 */
export function checkLabels(who: string, data: ClassifyData, source: string, known: readonly string[]): void {
  checkKinds(who, data);
  if (data.length === 0) throw noExamples(who, source);
  const set = new Set(known);
  const unknown = new Map<string, number>();
  for (const label of data.flatMap(labelsOf)) if (!set.has(label)) unknown.set(label, (unknown.get(label) ?? 0) + 1);
  if (unknown.size > 0) throw labelsUnknown(who, unknown, known);
}

/** What a run remembers of data. */
export function classifyIdentity(data: ClassifyData, source: string): DataIdentity {
  const lines = data.map((example) => {
    const input = inputOf(example);
    return JSON.stringify([
      typeof input === "string" ? input : input.map((values) => Array.from(values)),
      labelsOf(example),
    ]);
  });
  const labels = new Set(data.flatMap(labelsOf)).size;
  const first = data.length > 0 ? inputOf(data[0]) : "";
  const dimensions: Record<string, number> = typeof first === "string" ? {} : { dimensions: first.length };
  const counts = { examples: data.length, labels, ...dimensions };
  return { source, fingerprint: textFingerprint(lines.join("\n")), counts };
}
