/** Tasks: data that a task cannot use, and models that meet data of another kind. */
import { HiddenstateError, knownText } from "./letter.js";

/** Names as a short list: the first ten. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  return shown.join(", ") + (names.length > 10 ? `, … (${names.length})` : "");
}

/** Data without an example. */
export function noExamples(who: string, source: string): HiddenstateError {
  return new HiddenstateError("E_DATA_EMPTY", `${who}: there is no example in ${source}. Give data with labels.`);
}

/** What a value is, for those who meant another. */
function inWords(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `the ${typeof value} ${JSON.stringify(String(value).slice(0, 40))}`;
  const names = Object.keys(value).slice(0, 10);
  return names.length === 0 ? "an object without a key" : `an object with ${names.join(", ")}`;
}

/** Data of a program that is no array of examples. */
export function noArray(who: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_EXAMPLE",
    `${who}: data must be an array of ${expected}, received ${inWords(received)}.`,
  );
}

/** An example of a program that is none. */
export function badExample(who: string, place: number, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_EXAMPLE",
    `${who}: example ${place} must be ${expected}, received ${inWords(received)}. Mend it, or leave it out.`,
  );
}

/** A sentence that has not a label for each word. */
export function unevenLabels(who: string, place: number, tokens: number, labels: number): HiddenstateError {
  return new HiddenstateError(
    "E_EXAMPLE",
    `${who}: example ${place} must have a label for each token, received ${labels} for ${tokens}. Mend it, or leave it out.`,
  );
}

/** Data in which every example has the same label. */
export function oneClassOnly(who: string, labels: readonly string[]): HiddenstateError {
  const received = labels.length === 0 ? "none" : `only ${some(labels)}`;
  return new HiddenstateError(
    "E_CLASSES",
    `${who}: a classifier needs examples of at least 2 labels, the data has ${received}. Give examples of what is ` +
      "not of that kind as well.",
  );
}

/** Labels that the training did not have; `of` is what has them. */
export function labelsUnknown(
  who: string,
  unknown: ReadonlyMap<string, number>,
  known: readonly string[],
  of = "example",
): HiddenstateError {
  const first = unknown.keys().next().value ?? "";
  const count = [...unknown.values()].reduce((sum, n) => sum + n, 0);
  return new HiddenstateError(
    "E_LABELS",
    `${who}: ${count} ${of}${count === 1 ? " has" : "s have"} labels that the training did not: ` +
      `${some([...unknown.keys()])}. ${knownText(first, known)} Leave them out, or train on data that has them.`,
  );
}

/** An example without a label, where labels are needed. */
export function exampleWithoutLabel(who: string, place: number): HiddenstateError {
  return new HiddenstateError(
    "E_LABELS",
    `${who}: example ${place} has no label. Give each example one, or several with the option multiLabel.`,
  );
}

/** An example with several labels, where one is meant. */
export function severalLabels(who: string, place: number, labels: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_LABELS",
    `${who}: example ${place} has ${labels.length} labels (${some(labels)}), expected one. Set the option multiLabel ` +
      "for examples with any number of labels.",
  );
}

/** An example by its place; null is the only one there is. */
function exampleText(place: number | null): string {
  return place === null ? "the input" : `example ${place}`;
}

/** Text where series are meant, or the other way round. */
export function inputKind(who: string, place: number | null, expected: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_INPUT_KIND",
    `${who}: ${exampleText(place)} is ${received}, expected ${expected}. A model reads inputs of one kind.`,
  );
}

/** A line that is no series. */
export function seriesText(who: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_SERIES",
    `${who}: expected a series as JSON, an array of numbers per dimension as in [[1, 2, 3]], received ${received}.`,
  );
}

/** A series of another number of dimensions, or of dimensions that differ in length, or with a value that is none. */
export function seriesShape(who: string, place: number | null, expected: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_SERIES",
    `${who}: the series of ${exampleText(place)} must have ${expected}, received ${received}. Repair or leave it out.`,
  );
}

/** A sequence longer than allowed. */
export function sequenceTooLong(who: string, place: number | null, steps: number, longest: number): HiddenstateError {
  return new HiddenstateError(
    "E_TOO_LONG",
    `${who}: ${exampleText(place)} has ${steps} steps, the longest allowed has ${longest}. Shorten it, or train with a ` +
      'larger maxLength (--max-length), or with tooLong "cut" (--too-long cut) to read the first steps only.',
  );
}

/** A text longer than allowed. `side` is "source" or "target", `place` where it stands, e.g. "train.de, line 7". */
export function textTooLong(side: string, place: string, units: number, longest: number): HiddenstateError {
  return new HiddenstateError(
    "E_TOO_LONG",
    `translate: the ${side} of ${place} has ${units} units, the longest allowed has ${longest}. Shorten it, or set ` +
      'tooLong "cut" (--too-long cut) to read the first units only, or "skip" to leave pairs out; a new training may have a ' +
      "larger maxLength (--max-length).",
  );
}

/** Data, or one of it, that is not what a task takes. */
export function wrongInput(who: string, what: string, expected: string, received: unknown): HiddenstateError {
  const shown = Array.isArray(received) && received.length > 3 ? `a list of ${received.length}` : shownValue(received);
  return new HiddenstateError("E_EXAMPLE", `${who}: ${what} must be ${expected}, received ${shown}.`);
}

function shownValue(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)} …` : text;
}

/** Data of which nothing is said in the file's name or its first line. */
export function dataFormatUnknown(file: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_FORMAT",
    `data: what "${file}" holds cannot be seen from its name. Say it with --format: ${known.join(", ")}.`,
  );
}

/** A run that would go on with other data than it was trained on. */
export function dataChanged(what: "data" | "validation data"): HiddenstateError {
  return new HiddenstateError(
    "E_DATA_CHANGED",
    `train: this is not the ${what} that the run was trained with, so it cannot go on from where it was. ` +
      "Give the same, or start a new run.",
  );
}

/** Class weights that name no label, or no number. */
export function classWeightsText(received: string, labels: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_VALUE",
    `classify.train: classWeights must be "none", "balanced", or a number from 0 for labels as in ` +
      `"${labels[0]}=2,${labels[1] ?? labels[0]}=1", received ${JSON.stringify(received)}. Labels: ${some(labels)}.`,
  );
}

/** Two options that say the same thing in two ways. */
export function rivalOptions(who: string, option: string, rival: string): HiddenstateError {
  return new HiddenstateError(
    "E_OPTION_NEEDS",
    `${who}: ${option} and ${rival} cannot both be given. Leave one of them out.`,
  );
}
