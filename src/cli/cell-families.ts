/** Families of cells on the command line: which there are, how a program asks for one, and a cell of one by its number. */
import type { CellDefinition } from "../cell/index.js";
import { badUsage, invalidValue, layerNotCell } from "../errors.js";
import { CELL_FAMILIES, type CellFamily, elmanRelu, type FamilyOption, type FamilyOptions } from "../nn/index.js";

type Kind = CellFamily["kind"];
type Of<K extends Kind> = Extract<CellFamily, { readonly kind: K }>;

/** What is said of the families of a kind. */
interface Words<K extends Kind> {
  /** How one is called, for the list. */
  readonly call: (name: string, family: Of<K>) => string;
  /** What it is, in a line. */
  readonly what: (family: Of<K>) => string;
  /** A cell of it, as a program writes it. */
  readonly example: (name: string, family: Of<K>) => string;
  /** Cells that show it. */
  readonly cells: (family: Of<K>) => readonly CellDefinition[];
  /** What there is to choose, line by line. */
  readonly choices: (name: string, family: Of<K>) => readonly string[];
}

type Value = string | number | boolean;
const quoted = (value: Value): string => (typeof value === "string" ? `"${value}"` : String(value));
const named = (record: Readonly<Record<string, Value>>): string =>
  Object.entries(record)
    .map(([option, value]) => `${option}: ${quoted(value)}`)
    .join(", ");

/** The options of a family, those of a kind in a line; choices among the same words together. */
function optionLines(known: FamilyOptions): string[] {
  const entries = Object.entries(known);
  const of = (kind: FamilyOption["kind"]): string[] =>
    entries.flatMap(([name, option]) => (option.kind === kind ? [name] : []));
  const byValues = new Map<string, Record<string, string>>();
  for (const [name, option] of entries) {
    if (option.kind !== "choice") continue;
    const values = option.values.join(", ");
    byValues.set(values, { ...byValues.get(values), [name]: option.default });
  }
  const line = (words: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${words}: ${names.join(", ")}`];
  return [
    ...[...byValues].flatMap(([values, defaults]) => [
      `Choices, with their defaults: ${named(defaults)}`,
      `Each of them one of: ${values}`,
    ]),
    ...line("Switches, true or false, false by default", of("switch")),
    ...line("Limits, numbers > 0, none by default", of("limit")),
    ...line("Whole numbers ≥ 1, none by default", of("count")),
  ];
}

const WORDS: { readonly [K in Kind]: Words<K> } = {
  number: {
    call: (name, { make }) => {
      const options = Object.keys(make.known);
      return `${name}(${make.what}${options.length === 0 ? "" : `, { ${options.join(", ")} }`})`;
    },
    what: ({ make }) => `one cell for each number of its ${make.what}, from ${make.least}`,
    example: (name, { example }) => `${name}(${example})`,
    cells: ({ make, example }) => [make(example)],
    choices: (name, { make, example }) => [
      ...optionLines(make.known),
      `The page of one: hiddenstate cells ${name}${example}`,
    ],
  },
  options: {
    call: (name, { make }) => `${name}({ ${Object.keys(make.known).join(", ")} })`,
    what: () => "one cell for each set of options",
    example: (name, { example }) => `${name}({ ${named(example)} })`,
    cells: ({ make, example }) => [make(example)],
    choices: (_name, { make, example }) => [
      ...optionLines(make.known),
      "Equations of the example:",
      make(example).summary,
    ],
  },
  choice: {
    call: (name, { cells }) => `${name}: ${Object.keys(cells).join(", ")}`,
    what: () => "cells that differ in one choice, by its name",
    example: (name, { cells }) => `${name}.${Object.keys(cells)[0]}`,
    cells: ({ cells }) => Object.values(cells),
    choices: (name, { cells }) =>
      Object.entries(cells).flatMap(([choice, cell]) => [`${name}.${choice} is ${cell.name}:`, cell.summary]),
  },
};

/** The words for a family, whatever its kind. */
const wordsFor = <K extends Kind>(family: Of<K>): Words<K> => WORDS[family.kind as K];

/** The list under the table of cells, a family a line. */
export function familyList(): string[] {
  return Object.entries(CELL_FAMILIES).map(([name, family]) => wordsFor(family).call(name, family));
}

/** The page of a family as paragraphs, or undefined where none has this name. */
export function familyPage(
  name: string,
  { input, hidden }: { readonly input: number; readonly hidden: number },
): string[] | undefined {
  if (!Object.hasOwn(CELL_FAMILIES, name)) return undefined;
  const family = CELL_FAMILIES[name];
  const words = wordsFor(family);
  return [
    `${name}: ${words.what(family)}`,
    `import { ${name}, Recurrent } from "hiddenstate/nn";`,
    `const cell = ${words.example(name, family)};`,
    `const net = new Recurrent(cell, { inputSize: ${input}, hiddenSize: ${hidden} });`,
    ...words.choices(name, family),
  ];
}

/** Cells of the family of this name: those of a choice, an example of others; undefined where there is no such family. */
export function familyCells(name: string): readonly CellDefinition[] | undefined {
  const family = Object.hasOwn(CELL_FAMILIES, name) ? CELL_FAMILIES[name] : undefined;
  return family && wordsFor(family).cells(family);
}

/** Layers that are a cell and a start: by the name that one would look for, the layer and its cell. */
const LAYERS: Readonly<Record<string, { readonly layer: string; readonly cell: string }>> = {
  irnn: { layer: "IRNN", cell: elmanRelu.name },
};

/** What is said of a name that is no cell's; `known` are those that there are. `E_USAGE`. */
export function unknownCell(who: string, name: string, known: readonly string[]): Error {
  const lower = name.toLowerCase();
  if (!Object.hasOwn(LAYERS, lower)) return badUsage(`${who}: there is no cell "${name}"`, known, name);
  const { layer, cell } = LAYERS[lower];
  return layerNotCell(who, name, layer, cell);
}

/** Largest number whose cell the command line shows. */
const MOST = 99;

/** The cell `mogrifierLstm3` of a family made for a number; undefined where the name is none. Errors: `E_VALUE`. */
export function numberedCell(name: string): CellDefinition | undefined {
  const [, stem, digits] = /^(.*?\D)(\d+)$/u.exec(name) ?? [];
  const family = Object.hasOwn(CELL_FAMILIES, stem ?? "") ? CELL_FAMILIES[stem] : undefined;
  if (family?.kind !== "number") return undefined;
  const { what, least } = family.make;
  const count = Number(digits);
  if (count < least || count > MOST) {
    throw invalidValue(`cells: ${stem}`, what, `a whole number from ${least} to ${MOST}`, digits);
  }
  return family.make(count);
}
