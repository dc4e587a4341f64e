/** Layers: state dicts, lengths, states, sizes. */
import { HiddenstateError } from "./letter.js";

/** A state dict whose names or sizes are not those of the module. */
export function stateDictMismatch(
  module: string,
  missing: readonly string[],
  extra: readonly string[],
  sizes: readonly string[],
): HiddenstateError {
  const parts = [
    missing.length > 0 ? `missing: ${missing.join(", ")}` : "",
    extra.length > 0 ? `not in this module: ${extra.join(", ")}` : "",
    sizes.length > 0 ? `of another size: ${sizes.join(", ")}` : "",
  ].filter((part) => part !== "");
  return new HiddenstateError(
    "E_STATE_DICT",
    `${module}.loadStateDict: expected exactly the parameters of this module; ${parts.join("; ")}. Nothing was changed.`,
  );
}

/** A recurrent layer was given lengths that do not describe its input. */
export function badLengths(who: string, batch: number, steps: number, what: string): HiddenstateError {
  return new HiddenstateError(
    "E_LENGTHS",
    `${who}: lengths must be ${batch} whole numbers from 0 to ${steps} (one per sequence of the batch); ${what}.`,
  );
}

/** A recurrent layer was given states that are not its own. */
export function badState(who: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError("E_STATE", `${who}: expected state ${expected}, received ${received}.`);
}

/** A size or rate that must be a number in a range. */
export function badNumber(who: string, option: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError("E_NUMBER", `${who}: ${option} must be ${expected}, received ${String(received)}.`);
}

/** A projection asked of a layer as an option, as PyTorch has it: here it is a cell. */
export function projectionIsCell(who: string, option: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_OPTION",
    `${who}: there is no option "${option}". A projection is the cell projectedLstm, and its width outputSize: ` +
      `new Recurrent(projectedLstm, { inputSize: 8, hiddenSize: 32, outputSize: 16 }). Known: ${known.join(", ")}.`,
  );
}

/** Cutoffs that do not cut a vocabulary into a shortlist and clusters. */
export function badCutoffs(who: string, vocabularySize: number, received: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_CUTOFFS",
    `${who}: cutoffs must be one or more whole numbers, each larger than the one before, from 1 to ` +
      `${vocabularySize - 1} (the vocabulary has ${vocabularySize} words); received [${received.join(", ")}].`,
  );
}

/** A cluster whose projection would have no features left. */
export function emptyProjection(who: string, cluster: number, inputSize: number, divValue: number): HiddenstateError {
  return new HiddenstateError(
    "E_CUTOFFS",
    `${who}: cluster ${cluster} would be projected to ⌊${inputSize} / ${divValue}^${cluster + 1}⌋ = 0 features. ` +
      "Use fewer cutoffs or a smaller divValue.",
  );
}

/** An initialiser that cannot do what it was asked for. */
export function badInitialiser(who: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError("E_INITIALISER", `${who}: ${expected}; received ${received}.`);
}

/** An input of the cell beside x that was not given. */
export function missingInput(who: string, name: string, shape: readonly (number | string)[]): HiddenstateError {
  return new HiddenstateError(
    "E_INPUT",
    `${who}: the cell has an input ${name}, expected a tensor [${shape.join(", ")}], received none. ` +
      `Give it as inputs: { ${name} }.`,
  );
}

/** Records for layers and directions of which there are too many or too few. */
export function wrongCount(who: string, expected: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_INPUT",
    `${who}: expected one record for all layers and directions, or ${expected}, one for each; received ${received}.`,
  );
}

/** A mask or reset that is not one number 0 or 1 for each step of each sequence. */
export function badStepMask(who: string, name: string, shape: readonly number[], received: string): HiddenstateError {
  return new HiddenstateError(
    "E_MASK",
    `${who}: ${name} must be a tensor [${shape.join(", ")}], [T, B], of 0 and 1; received ${received}.`,
  );
}

/** Two options of which only one can be meant. */
export function badChoice(who: string, one: string, other: string): HiddenstateError {
  return new HiddenstateError("E_OPTION", `${who}: received both ${one} and ${other}; give one of them.`);
}

/** A merge function of a user's own that does not give one row for each row. */
export function badMerge(who: string, width: number, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_MERGE",
    `${who}: merge was called with two tensors [2, ${width}] and must return one [2, M] of their dtype; received ${received}.`,
  );
}

/** Options that hold a function and were to become JSON. */
export function functionInOptions(who: string, option: string): HiddenstateError {
  return new HiddenstateError(
    "E_OPTION",
    `${who}: options with a function as ${option} have no JSON form. Write down what you need to make it again, and leave ` +
      `${option} out: { ...options, ${option}: undefined }.`,
  );
}

/** A stack without layers. */
export function noLayers(who: string): HiddenstateError {
  return new HiddenstateError("E_NUMBER", `${who}: layers must be one or more, received none.`);
}

/** A skip that adds what has another width. */
export function badSkip(who: string, skip: string, input: number, output: number): HiddenstateError {
  return new HiddenstateError(
    "E_SKIP",
    `${who}: skip "${skip}" adds the layer's input, ${input} wide, to its output, ${output} wide. ` +
      `Make the output ${input} wide, or use skip "dense", which puts them side by side.`,
  );
}

/** A rule for groups of parameters that no parameter fits. */
export function emptyGroup(index: number, where: unknown, names: readonly string[]): HiddenstateError {
  const rule = where instanceof RegExp ? `, ${String(where)},` : "";
  return new HiddenstateError(
    "E_GROUP",
    `parameterGroups: rule ${index}${rule} takes no parameter. Learned ones that there are: ${names.join(", ")}; each goes to ` +
      "the first rule that takes it.",
  );
}

/** A call of which there are no second derivatives. */
export function noTangent(op: string): HiddenstateError {
  return new HiddenstateError(
    "E_TANGENT",
    `tangentCell: the cell calls ${op} over a memory, whose tangent is not there. Second derivatives go through scores by ` +
      `product (dot, general); use those, or measure by differences.`,
  );
}

/** Tokens of sources and targets that do not belong together. */
export function badTokens(who: string, source: readonly number[], target: readonly number[]): HiddenstateError {
  return new HiddenstateError(
    "E_SHAPE",
    `${who}: expected tokens [S, B] of the sources and [T, B] of the targets, received [${source.join(", ")}] and ` +
      `[${target.join(", ")}]. Tokens are time-major: one column for each sequence.`,
  );
}

/** Population statistics of a network that has none. */
export function noColumnMeans(cell: string): HiddenstateError {
  return new HiddenstateError(
    "E_STATISTICS",
    `PopulationStatistics: ${cell} has no statistics over the rows of a step; expected a cell with columnNorm or columnMean, ` +
      "such as batchNormLstm. Others are the same function in every batch: use the network itself.",
  );
}

/** Population statistics that are asked for before there are any. */
export function nothingObserved(who: string): HiddenstateError {
  return new HiddenstateError(
    "E_STATISTICS",
    `${who}: no batch has been observed. Call observe(x) on batches of the training data, of two or more rows each, or load the ` +
      "state dict of statistics that have.",
  );
}

/** What came, in a word or two: a value itself where it is short, else what kind of thing it is. */
function came(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = (value as { readonly constructor?: { readonly name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "Object" ? `a ${name}` : `{ ${Object.keys(value).join(", ")} }`;
}

/** Something that is no record of options where one is read. */
export function notOptions(who: string, known: readonly string[], received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_OPTION",
    `${who}: expected an object of options, { ${known.join(", ")} }, received ${came(received)}.`,
  );
}

/** An argument that nobody would read. */
export function moreArguments(takes: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_OPTION",
    `${takes} takes no further argument, received ${came(received)}. Leave it out.`,
  );
}

/** An option that another one leaves without a meaning. */
export function optionUnread(who: string, option: string, beside: string, why: string): HiddenstateError {
  return new HiddenstateError(
    "E_OPTION",
    `${who}: ${option} means nothing beside ${beside}: ${why}. Leave one of them out.`,
  );
}

/** Something that is no tensor where one is read. */
export function notTensor(who: string, name: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_TENSOR",
    `${who}: ${name} must be a tensor, received ${came(received)}. Numbers become one by Tensor.from(values, shape).`,
  );
}

/** Something that draws no numbers where a generator is needed. */
export function notGenerator(who: string, received: unknown): HiddenstateError {
  return new HiddenstateError("E_RNG", `${who}: rng must be a generator, new Rng(seed), received ${came(received)}.`);
}

/** Something that is no function where one is called. */
export function notFunction(who: string, name: string, form: string, received: unknown): HiddenstateError {
  return new HiddenstateError("E_VALUE", `${who}: ${name} must be a function ${form}, received ${came(received)}.`);
}

/** Something that is no cell where one is run. */
export function notCell(who: string, received: unknown, hasStep: boolean): HiddenstateError {
  const advice = hasStep
    ? "A module with a step is run by TapeRecurrent: new TapeRecurrent(module)."
    : 'Import one from hiddenstate/nn: lstm, gru, or any by name, CELLS["lstm"]; defineCell of hiddenstate/cell makes your own.';
  return new HiddenstateError("E_CELL", `${who}: expected a cell definition, received ${came(received)}. ${advice}`);
}

/** Something that cannot be driven step by step. */
export function notStepModule(who: string, wrong: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_MODULE",
    `${who}: ${wrong}, received ${came(received)}. A step module is a Module with inputSize, outputSize, ` +
      "stateSizes: { h: 32 } and step(x, state) that returns { output, state }.",
  );
}

/** Something without the states of a recurrent layer. */
export function notStateful(who: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_MODULE",
    `${who}: expected a layer with states, a Recurrent, Stack or TapeRecurrent, received ${came(received)}.`,
  );
}

/** A second derivative of what is no cell: its equations cannot be read, so that no tangent can be made of them. */
export function noSecondDerivative(who: string, received: unknown, hasStep: boolean): HiddenstateError {
  const why = hasStep ? ", whose step is a module and no equations" : "";
  return new HiddenstateError(
    hasStep ? "E_OPTION_NEEDS" : "E_MODULE",
    `${who}: a second derivative needs a Recurrent, or a Stack of cells, received ${came(received)}${why}. ` +
      `A cell is written with defineCell of hiddenstate/cell.`,
  );
}

/** Weights of a role that no layer has. */
export function noSuchWeights(cells: readonly string[], role: string, roles: readonly string[]): HiddenstateError {
  const whose = cells.length === 0 ? "a network without cells" : cells.join(", ");
  return new HiddenstateError(
    "E_REGULARISER",
    `weightsOf ${whose}: expected a cell with weights of role "${role}"; ` +
      `${roles.length === 0 ? "there are none of any role" : `there are those of ${roles.join(", ")}`}. ` +
      'Leave it out, or take another role: "input" is one that every cell has.',
  );
}
