/**
 * Every error of the library: one exported function per error, so that a bundle carries only the words it can say.
 *
 * An error is a short letter: who speaks, what was expected, what came (with shapes), what to do. Its `code` is stable
 * and what programs should look at; the wording may improve.
 */
export class HiddenstateError extends Error {
  override readonly name = "HiddenstateError";
  /** Stable identifier, `E_…`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A shape as people write it: `["T", 64]` becomes "[T, 64]". */
function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/** The known names in a readable row, with the closest one to `given` pointed out if it looks like a slip of the hand. */
function knownText(given: string, known: readonly string[]): string {
  const close = known.find((name) => name !== given && editDistance(name.toLowerCase(), given.toLowerCase()) <= 2);
  const list = known.length > 0 ? `Known: ${known.join(", ")}.` : "None is known here.";
  return close === undefined ? list : `Did you mean "${close}"? ${list}`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/**
 * Shapes that do not fit: names both.
 *
 * @param who the function or layer that speaks, e.g. `matmul`
 * @param expected the shape it needs; letters stand for free dimensions, e.g. `["T", "B", 64]`
 * @param received the shape that came
 * @param todo what to do about it, one sentence
 */
export function shapeMismatch(
  who: string,
  expected: readonly (number | string)[],
  received: readonly number[],
  todo = "",
): HiddenstateError {
  const advice = todo === "" ? "" : ` ${todo}`;
  return new HiddenstateError(
    "E_SHAPE",
    `${who}: expected shape ${shapeText(expected)}, received ${shapeText(received)}.${advice}`,
  );
}

/** An option that `who` does not have; lists those it has. */
export function unknownOption(who: string, option: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError("E_OPTION", `${who}: there is no option "${option}". ${knownText(option, known)}`);
}

/** A value that option `option` of `who` cannot take; lists those it can. */
export function unknownValue(who: string, option: string, value: unknown, known: readonly string[]): HiddenstateError {
  const text = String(value);
  return new HiddenstateError("E_VALUE", `${who}: ${option} cannot be "${text}". ${knownText(text, known)}`);
}

/** A number or setting outside what `who` accepts: `expected` says the range in words. */
export function invalidValue(who: string, option: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError("E_VALUE", `${who}: ${option} must be ${expected}, received ${String(received)}.`);
}

// --- io: safetensors -----------------------------------------------------------------------------------------------

function safetensors(problem: string): HiddenstateError {
  const advice = "The file is damaged or was not written as safetensors: copy or export it again.";
  return new HiddenstateError("E_SAFETENSORS", `safetensors: ${problem}. ${advice}`);
}

/** Fewer bytes than a header length takes, or than the header claims. */
export function safetensorsTruncated(needed: number, bytes: number): HiddenstateError {
  return safetensors(`expected at least ${needed} bytes, the file has ${bytes}`);
}

/** A header length beyond what the format allows. */
export function safetensorsHeaderTooLong(length: bigint, limit: number): HiddenstateError {
  return safetensors(`the header claims ${length} bytes, the format allows at most ${limit}`);
}

/** Header bytes that are not UTF-8. */
export function safetensorsEncoding(): HiddenstateError {
  return safetensors("the header is not valid UTF-8");
}

/** A header that is not strict JSON. */
export function safetensorsJson(expected: string, at: number): HiddenstateError {
  return safetensors(`the header is not valid JSON: expected ${expected} at character ${at}`);
}

/** A key that stands twice in one object of the header. */
export function safetensorsDuplicate(key: string, at: number): HiddenstateError {
  return safetensors(`the header has the key ${JSON.stringify(key)} twice (again at character ${at})`);
}

/** Something in the header of another kind than the format asks for. */
export function safetensorsField(where: string, expected: string): HiddenstateError {
  return safetensors(`${where} must be ${expected}`);
}

/** An element type that this reader does not know. */
export function safetensorsDType(name: string, dtype: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_SAFETENSORS_DTYPE",
    `safetensors: tensor "${name}" has element type ${JSON.stringify(dtype)}, this reader knows ${known.join(", ")}. ` +
      "Convert the tensor to one of these before export.",
  );
}

/** A tensor whose byte range is not what shape × element type needs. */
export function safetensorsSize(
  name: string,
  dtype: string,
  shape: readonly number[],
  needed: number,
  got: number,
): HiddenstateError {
  return safetensors(`tensor "${name}" ${dtype} ${shapeText(shape)} needs ${needed} bytes, its offsets give ${got}`);
}

/** A byte range outside the data. */
export function safetensorsRange(name: string, begin: number, end: number, bytes: number): HiddenstateError {
  return safetensors(`tensor "${name}" lies at bytes ${begin}…${end}, the data has ${bytes}`);
}

/** Two tensors that share bytes. */
export function safetensorsOverlap(first: string, second: string, at: number): HiddenstateError {
  return safetensors(`tensors "${first}" and "${second}" overlap at byte ${at}`);
}

/** Bytes that belong to no tensor. */
export function safetensorsHole(from: number, to: number): HiddenstateError {
  return safetensors(`bytes ${from}…${to} of the data belong to no tensor`);
}

/** Data handed to the writer that does not fill its shape. */
export function safetensorsWriteSize(name: string, shape: readonly number[], length: number): HiddenstateError {
  return new HiddenstateError(
    "E_SHAPE",
    `writeSafetensors: tensor "${name}" has ${length} elements, which do not fill shape ${shapeText(shape)}. ` +
      "Pass the shape of the data.",
  );
}

/** A name that the writer cannot store. */
export function safetensorsWriteName(name: string, problem: "duplicate" | "reserved" | "surrogate"): HiddenstateError {
  const why = {
    duplicate: "is given twice",
    reserved: "is reserved for the metadata",
    surrogate: "is not well-formed Unicode",
  }[problem];
  return new HiddenstateError(
    "E_NAME",
    `writeSafetensors: the name ${JSON.stringify(name)} ${why}. Rename the tensor.`,
  );
}

// --- data ------------------------------------------------------------------------------------------------------------

/** A character that the vocabulary has not seen. */
export function unknownCharacter(character: string, position: number, size: number): HiddenstateError {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return new HiddenstateError(
    "E_CHARACTER",
    `CharVocabulary.encode: the character ${JSON.stringify(character)} (U+${code}) at position ${position} is not among ` +
      `the ${size} of this vocabulary. Remove or replace it, or train on text that contains it.`,
  );
}

/** An id outside the vocabulary. */
export function unknownToken(id: number, position: number, size: number): HiddenstateError {
  return new HiddenstateError(
    "E_TOKEN",
    `CharVocabulary.decode: id ${id} at position ${position} is outside 0…${size - 1}. ` +
      "Use the vocabulary that the model was trained with.",
  );
}

/** A stored vocabulary that is none, or of a kind or version that this program does not read. */
export function vocabularyFormat(
  field: "format" | "version" | "kind" | "characters",
  received: unknown,
  expected: string,
): HiddenstateError {
  return new HiddenstateError(
    "E_VOCABULARY",
    `CharVocabulary.fromJSON: ${field} must be ${expected}, received ${String(received)}. ` +
      "Use the vocabulary.json that was saved with the model.",
  );
}

/** A stored vocabulary whose characters are not single and ascending. */
export function vocabularyOrder(place: number): HiddenstateError {
  return new HiddenstateError(
    "E_VOCABULARY",
    `CharVocabulary.fromJSON: characters[${place}] is not a single character above the one before it. ` +
      "Use the vocabulary.json that was saved with the model.",
  );
}

/** Text shorter than one window for every row. */
export function textTooShort(tokens: number, batch: number, window: number): HiddenstateError {
  return new HiddenstateError(
    "E_TEXT_SHORT",
    `ContiguousBatches: ${batch} rows of ${window} tokens and their targets need at least ${batch * window + 1} tokens, ` +
      `the text has ${tokens}. Give more text, or lower the batch or the window.`,
  );
}

/** A stream too short to predict anything. */
export function streamTooShort(tokens: number): HiddenstateError {
  return new HiddenstateError(
    "E_TEXT_SHORT",
    `evaluation: a stream needs at least 2 tokens (one to read, one to predict), this one has ${tokens}. Give more text.`,
  );
}

/** A data file or folder that does not exist. */
export function dataMissing(path: string): HiddenstateError {
  return new HiddenstateError("E_DATA_MISSING", `data: there is no file or folder "${path}". Check the path.`);
}

/** A data file without a character, or a folder without text. */
export function dataEmpty(path: string, isFolder: boolean): HiddenstateError {
  const what = isFolder ? "the folder holds no text file with content" : "the file is empty";
  return new HiddenstateError("E_DATA_EMPTY", `data: ${what}: "${path}". Give UTF-8 text.`);
}

/** A data file that is not text. */
export function dataBinary(path: string, at: number): HiddenstateError {
  return new HiddenstateError(
    "E_DATA_BINARY",
    `data: "${path}" is not UTF-8 text (byte ${at} cannot stand in text). Convert it to UTF-8, or name a text file.`,
  );
}

/** A data file that the system refuses to read. */
export function dataUnreadable(path: string, cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError(
    "E_DATA_UNREADABLE",
    `data: "${path}" cannot be read: ${reason}. Check its permissions and size.`,
    { cause },
  );
}

// --- decode ----------------------------------------------------------------------------------------------------------

/** Scores that no choice can be made from. */
export function logitsInvalid(problem: "empty" | "nan" | "infinite" | "banned", at: number): HiddenstateError {
  const why = {
    empty: "there are no scores",
    nan: `score ${at} is NaN`,
    infinite: `score ${at} is +Infinity`,
    banned: "every score is −Infinity, so that nothing may be chosen",
  }[problem];
  return new HiddenstateError("E_LOGITS", `sample: ${why}. The model has diverged, or a filter removed every choice.`);
}

/** Two lists that should pair up and do not. */
export function lengthMismatch(who: string, predictions: number, targets: number): HiddenstateError {
  return new HiddenstateError(
    "E_LENGTH",
    `${who}: received ${predictions} predictions for ${targets} targets. Pass one prediction per target.`,
  );
}

// --- optim -----------------------------------------------------------------------------------------------------------

/** An optimizer that was given nothing to move. */
export function noParameters(who: string): HiddenstateError {
  return new HiddenstateError("E_PARAMETERS", `${who}: the list of parameters is empty. Pass model.parameters().`);
}

/** A parameter that stands twice in the groups of one optimizer. */
export function repeatedParameter(who: string, name: string): HiddenstateError {
  return new HiddenstateError("E_PARAMETERS", `${who}: parameter ${name} is given twice. Pass each parameter once.`);
}

/** A saved optimizer state that belongs to other parameters or another optimizer. */
export function optimizerState(
  who: string,
  problem: "optimizer" | "parameters" | "steps" | "missing" | "shape" | "arrays",
  expected: unknown,
  received: unknown,
): HiddenstateError {
  const what = {
    optimizer: "a state of this optimizer",
    parameters: "as many parameters",
    steps: "the updates of each parameter",
    missing: "an array for every parameter",
    shape: "arrays of the parameters' shapes",
    arrays: "as many arrays",
  }[problem];
  return new HiddenstateError(
    "E_OPTIMIZER_STATE",
    `${who}.load: expected ${what} (${String(expected)}), received ${String(received)}. ` +
      "Load the state into the optimizer and model that it was saved from.",
  );
}

// --- run folders -----------------------------------------------------------------------------------------------------

/** A folder that already holds a run. */
export function runExists(path: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_EXISTS",
    `run: "${path}" already holds a run. Resume it with --resume, or choose another folder with --out.`,
  );
}

/** An output folder with other things in it. */
export function runFolderForeign(path: string, entry: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_FOLDER",
    `run: "${path}" is not empty (it holds "${entry}") and is not a run. Choose a new or empty folder.`,
  );
}

/** A folder that holds no run. */
export function runMissing(path: string): HiddenstateError {
  return new HiddenstateError("E_RUN_MISSING", `run: there is no run in "${path}". Check the path of the run folder.`);
}

/** A run that stopped before its first checkpoint. */
export function runWithoutCheckpoint(path: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_NO_CHECKPOINT",
    `run: "${path}" has no saved checkpoint, it stopped before the first. Start it again with --out.`,
  );
}

/** A run folder written by another version of the format. */
export function runVersion(path: string, received: unknown, expected: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_VERSION",
    `run: "${path}" has format version ${String(received)}, this program reads version ${expected}. ` +
      "Use the version of hiddenstate that wrote it.",
  );
}

/**
 * A file of a run that is missing, cut short or altered.
 *
 * @param bytes length of the file and length when saved, where the damage is one of length
 */
export function runFileDamaged(
  path: string,
  damage: "missing" | "length" | "altered" | "pointer" | "list" | "generation" | "label",
  bytes: readonly [received: number, expected: number] = [0, 0],
): HiddenstateError {
  const problem = {
    missing: "is missing",
    length: `has ${bytes[0]} bytes, ${bytes[1]} were saved`,
    altered: "is not what was saved: its SHA-256 differs",
    pointer: "does not name a checkpoint",
    list: "is not a list of a checkpoint's files",
    generation: "belongs to another checkpoint",
    label: "is not the label of a run",
  }[damage];
  return new HiddenstateError(
    "E_RUN_DAMAGED",
    `run: "${path}" ${problem}. Restore the run folder from a copy, or train again.`,
  );
}

/** A name that the committed checkpoint does not contain. */
export function runFileUnknown(name: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError("E_RUN_FILE", `run: the checkpoint has no file "${name}". ${knownText(name, known)}`);
}

/** A file name that a run folder does not accept. */
export function runFileName(name: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_FILE",
    `run: "${name}" cannot be a file of a run. Use letters, digits, ".", "_" and "-", and none of the store's own names.`,
  );
}

/** A document that says what the run is, and would change under its checkpoints. */
export function runDocumentSealed(name: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_SEALED",
    `run: ${name} is part of every saved checkpoint and cannot change any more. Put what changes into the checkpoint.`,
  );
}

/** A commit of a checkpoint of which nothing was written. */
export function runNothingToCommit(generation: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_GENERATION",
    `run: checkpoint ${generation} has no files. Put its files first; after a failed put, all of them again.`,
  );
}

/** A file of a run that the system refuses to read. */
export function runUnreadable(path: string, cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError("E_RUN_READ", `run: "${path}" cannot be read: ${reason}. Check its permissions.`, {
    cause,
  });
}

/** A generation that is not the one after the committed one. */
export function runGeneration(received: number, expected: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_GENERATION",
    `run: the next checkpoint is generation ${expected}, received ${received}. Number generations one after the other.`,
  );
}

/** The committed checkpoint changed between two reads. */
export function runChanged(path: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_CHANGED",
    `run: a new checkpoint was saved to "${path}" while it was being read. Open the run again.`,
  );
}

/** A copy of a run folder that turned its links into folders. */
export function runLinkLost(path: string, generation: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_LINK",
    `run: "${path}" should be a link to checkpoints/${generation} but is a folder: the copy followed links. ` +
      "Copy the run again with links kept (cp -a).",
  );
}

/** The system refuses to write: says which refusal it is and what helps. */
export function runNotWritable(path: string, cause: unknown): HiddenstateError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  const advice: Record<string, string> = {
    ENOSPC: "The disk is full: free some space, then resume",
    EDQUOT: "The disk quota is used up: free some space, then resume",
    EFBIG: "The file is larger than the system allows: raise the limit (ulimit -f), then resume",
    EACCES: "Permission is missing: choose a folder you may write to",
    EPERM: "Permission is missing: choose a folder you may write to",
    EROFS: "The file system is read-only: choose another folder",
    ENOTDIR: "A part of the path is a file: choose another folder",
    EEXIST: "A file already has this name: choose another folder",
    ENAMETOOLONG: "The path is too long: choose a shorter one",
    EMFILE: "Too many files are open: close some, then resume",
  };
  const reason = advice[code] ?? "Choose another folder or repair this one";
  return new HiddenstateError(
    "E_RUN_WRITE",
    `run: "${path}" cannot be written (${code}). ${reason}; the last committed checkpoint is intact.`,
    { cause },
  );
}

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

// --- runtime: heap ------------------------------------------------------------------------------------------------

/** No memory could be made at all: no WebAssembly here, or the engine has no room for it. */
export function heapMissing(cause?: unknown): HiddenstateError {
  const reason = cause === undefined ? "this engine has no WebAssembly" : `the engine answers "${String(cause)}"`;
  return new HiddenstateError(
    "E_HEAP",
    `Heap: cannot make a WebAssembly.Memory: ${reason}. Close other pages or programs that hold large memories, or use a current engine.`,
    { cause },
  );
}

/** A size that is no size. */
export function badAllocation(bytes: unknown): HiddenstateError {
  return new HiddenstateError("E_ALLOC", `Heap: expected a whole number of bytes ≥ 0, received ${String(bytes)}.`);
}

/** The memory's limit is reached. */
export function heapExhausted(bytes: number, used: number, limit: number): HiddenstateError {
  const mib = (n: number): string => `${(n / 1048576).toFixed(1)} MiB`;
  return new HiddenstateError(
    "E_HEAP_EXHAUSTED",
    `Heap: no room for ${mib(bytes)}: ${mib(used)} are in use and the limit is ${mib(limit)}. ` +
      "Use a smaller batch, a shorter window or a smaller model, and look for tensors created outside a scope in a loop.",
  );
}

/** An address that is not allocated: freed twice, or never allocated. */
export function badFree(ptr: number): HiddenstateError {
  return new HiddenstateError(
    "E_FREE",
    `Heap: address ${ptr} is not allocated: it was freed before, or alloc never returned it.`,
  );
}

/** A mark above the arena's height: scopes ended in the wrong order. */
export function badRelease(mark: number, present: number): HiddenstateError {
  return new HiddenstateError(
    "E_RELEASE",
    `Arena: cannot release to mark ${mark}, the arena is at ${present} already. Release marks in the reverse order of making them.`,
  );
}

// --- runtime: randomness ------------------------------------------------------------------------------------------

/** A seed, step or label that is no safe integer. */
export function badSeed(value: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_SEED",
    `Rng: expected a whole number between −2^53 and 2^53 as seed, label or step, received ${String(value)}.`,
  );
}

/** A saved generator state that this library did not write. */
export function badRngState(state: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_RNG_STATE",
    `Rng.from: expected { algorithm: "philox4x32-10", key: [u32, u32], position }, received ${JSON.stringify(state)}.`,
  );
}

/** A range for a random integer that is empty or too wide. */
export function badIntegerRange(n: unknown): HiddenstateError {
  return new HiddenstateError("E_RNG_RANGE", `Rng.integer: expected 1 ≤ n ≤ 2^32, received ${String(n)}.`);
}

// --- tensors ----------------------------------------------------------------------------------------------------

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

/** A cell whose equations the planner cannot cut into stages. */
export function badPlan(section: string, what: string): HiddenstateError {
  return new HiddenstateError("E_PLAN", `planning the ${section} of a cell: ${what}.`);
}

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

// --- runtime: start, threads, programs ------------------------------------------------------------------------------

/** A number of threads that is none. */
export function badThreads(threads: unknown, limit: number): HiddenstateError {
  return new HiddenstateError(
    "E_THREADS",
    `start: threads must be a whole number from 1 to ${limit}, received ${String(threads)}.`,
  );
}

/** An option that does nothing here. */
export function optionNeeds(who: string, option: string, needs: string): HiddenstateError {
  return new HiddenstateError("E_OPTION_NEEDS", `${who}: ${option} needs ${needs}. Leave the option out.`);
}

/** The runtime was started otherwise, and its memory is in use. */
export function runtimeStarted(differences: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_RUNTIME_STARTED",
    `start: the runtime runs already and its memory is in use (${differences.join("; ")}). ` +
      "Call start before the first tensor or parameter is made.",
  );
}

/** Somebody did not await `start`. */
export function runtimeStarting(): HiddenstateError {
  return new HiddenstateError("E_RUNTIME_STARTING", "runtime: start(…) has not finished. Await it first.");
}

/** Threads in a browser, without waiting. */
export function threadsNeedStart(threads: number): HiddenstateError {
  return new HiddenstateError(
    "E_THREADS_NEED_START",
    `startSync: ${threads} threads cannot start while this thread waits, as browsers start workers only in between. Use await start({ threads: ${threads} }).`,
  );
}

/** Workers that do not come up. */
export function workersNotStarted(count: number, why: string): HiddenstateError {
  return new HiddenstateError(
    "E_WORKER_START",
    `${count === 1 ? "the worker" : `the ${count} workers`} could not be started: ${why}.`,
  );
}

/** A worker's share of a job failed. */
export function workerFailed(worker: number, words: string): HiddenstateError {
  return new HiddenstateError(
    "E_WORKER_FAILED",
    `Thread ${worker} failed in its share of a job: ${words}. The job's outputs are incomplete.`,
  );
}

/** A worker that never answers. */
export function workerLost(words: string): HiddenstateError {
  return new HiddenstateError(
    "E_WORKER_LOST",
    `The thread pool is lost: ${words}. Start the program again; with threads: 1 it needs no pool.`,
  );
}

/** Emitted code where there are no wasm kernels to call. */
export function noEmittedCode(): HiddenstateError {
  return new HiddenstateError(
    "E_NO_WASM",
    "Runtime.load: emitted code needs the wasm kernels, and none run here (runtime().report() says why). Use the interpreter.",
  );
}

/** A module that the engine does not take. */
export function programRefused(cause: unknown): HiddenstateError {
  return new HiddenstateError("E_PROGRAM", `Runtime.load: the engine refuses the emitted module: ${String(cause)}.`, {
    cause,
  });
}

/** A section that a program does not have. */
export function unknownSection(section: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_SECTION",
    `Program.run: there is no section "${section}". ${knownText(section, known)}`,
  );
}

/** A plan that contradicts its own format, found while emitting code for it. */
export function planNotEmittable(cell: string, what: string): HiddenstateError {
  return new HiddenstateError(
    "E_EMIT",
    `emitting the plan of ${cell}: ${what}. A plan must follow the format in src/cell/plan-format.ts.`,
  );
}

// --- testing --------------------------------------------------------------------------------------------------------

/** A cell that breaks a promise of the contract: which one, on which numbers. */
export function contractBroken(cell: string, check: string, what: string): HiddenstateError {
  return new HiddenstateError("E_CONTRACT", `cellContract("${cell}"): ${check}: ${what}.`);
}

// --- training --------------------------------------------------------------------------------------------------------

/**
 * A loss or gradient that is no number any more.
 *
 * @param kept step of the last good checkpoint; null if nothing is saved
 */
export function trainingDiverged(
  what: "loss" | "gradient" | "weights",
  value: number,
  step: number,
  kept: number | null,
): HiddenstateError {
  const saved =
    kept === null ? "Nothing was saved by this training." : `The last good checkpoint, of step ${kept}, is kept.`;
  const is = what === "weights" ? "are no longer finite" : `became ${value}`;
  return new HiddenstateError(
    "E_DIVERGED",
    `train: the ${what === "gradient" ? "norm of the gradient" : what} ${is} at step ${step}. ${saved} ` +
      "Try a lower learning rate (a third of it), tighter clipping, or a shorter window.",
  );
}

/** More than one way to say when training ends, or none. */
export function badBudget(given: readonly string[]): HiddenstateError {
  const received = given.length === 0 ? "none of them" : given.join(" and ");
  return new HiddenstateError(
    "E_BUDGET",
    `train: exactly one of steps, epochs and minutes says when to end, received ${received}. Leave the others out.`,
  );
}

/** A run that would go on with kernels of other rounding. */
export function kernelsChanged(saved: string, present: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_KERNELS",
    `run: its last checkpoint was computed by "${saved}" kernels, here "${present}" would go on, and the last bits ` +
      "would differ. Say so with --precision strict or --precision fast (option `precision`) to accept that.",
  );
}

/** A training whose events were asked for twice. */
export function trainingTaken(): HiddenstateError {
  return new HiddenstateError(
    "E_TRAINING",
    "train: the events of a training can be iterated once. Keep what you need of them, or start another training.",
  );
}

/** A checkpoint file whose content is not what this program writes. */
export function checkpointContent(file: string, problem: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_CONTENT",
    `run: ${file} of the checkpoint ${problem}. It was written by another program or version; train again.`,
  );
}

/** A run's configuration that this program does not read. */
export function configFormat(field: string, received: unknown, expected: string): HiddenstateError {
  return new HiddenstateError(
    field === "version" ? "E_RUN_VERSION" : "E_CONFIG",
    `run: ${field} in config.json must be ${expected}, received ${String(received)}. ` +
      "Use the version of hiddenstate that wrote this run.",
  );
}

/** A run that would go on with another text than it was trained on. */
export function textChanged(): HiddenstateError {
  return new HiddenstateError(
    "E_TEXT_CHANGED",
    "train: this is not the text that the run was trained on, so it cannot go on from where it was. " +
      "Give the same text, or start a new run.",
  );
}

// --- command line ----------------------------------------------------------------------------------------------------

/** Words on the command line that mean nothing here. */
export function badUsage(what: string, known: readonly string[] = [], given = ""): HiddenstateError {
  const list = known.length > 0 ? ` ${knownText(given, known)}` : "";
  return new HiddenstateError("E_USAGE", `${what}.${list}`);
}

/** A flag whose value is fixed by the run that is resumed. */
export function fixedByRun(flags: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_USAGE",
    `--resume goes on with the settings of the run: ${flags.join(", ")} cannot be given with it. Leave them out, or ` +
      "start a new run without --resume.",
  );
}

/** The terminal, file or pipe that standard output goes to refuses it. */
export function outputFailed(cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError(
    "E_OUTPUT",
    `hiddenstate: the output cannot be written: ${reason}. Send it to another place.`,
    { cause },
  );
}

/** The text that comes with the package is not there. */
export function defaultTextMissing(cause: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_DEFAULT_TEXT",
    "train: the text that comes with hiddenstate is not in this installation. Give a text of your own with --data, or " +
      "build the package again (npm run build).",
    { cause },
  );
}

/** A workload whose numbers are not those that everybody else computes: it is not timed. */
export function benchDisagrees(
  workload: string,
  whom: string,
  expected: readonly number[],
  received: readonly number[],
  tolerance: number,
): HiddenstateError {
  return new HiddenstateError(
    "E_BENCH_NUMBERS",
    `bench: ${workload} computes ${received.join(", ")} where ${whom} gives ${expected.join(", ")} (allowed: a relative ` +
      `difference of ${tolerance}). Nothing was timed; find the mistake with the contract tests first.`,
  );
}

// --- streaming -------------------------------------------------------------------------------------------------------

/** A network that cannot run one step at a time as a stream. */
export function streamNet(problem: string, todo: string): HiddenstateError {
  return new HiddenstateError("E_STREAM_NET", `compileStream: ${problem}. ${todo}`);
}

/** Bytes that are no stream bundle, or a damaged one. */
export function streamBundle(problem: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_BUNDLE",
    `loadStream: ${problem}. Hand in the bytes that compileStream returned, all of them and unchanged.`,
  );
}

/** A bundle of a format that this version does not read. */
export function streamBundleVersion(expected: number, received: number): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_BUNDLE",
    `loadStream: expected a bundle of format ${expected}, received format ${received}. Compile the network again with ` +
      "the version of hiddenstate that plays it.",
  );
}

/** The engine does not compile or link the code of a bundle. */
export function streamRefused(cause: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_REFUSED",
    `loadStream: the engine refuses the code of the bundle (${String(cause)}). It needs WebAssembly with SIMD; a content ` +
      "security policy must allow 'wasm-unsafe-eval'. Where bytes may not be compiled, hand in compiled `modules`.",
    { cause },
  );
}

/** A state that another model left. */
export function streamStateForeign(who: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `${who}: expected a state of model ${expected}, received one of model ${String(received)}. A state belongs to the ` +
      "weights that made it: start from a new session, or load the model that saved it.",
  );
}

/** A state whose numbers do not fit. */
export function streamStateShape(who: string, expected: readonly number[], received: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `${who}: expected a state of ${expected[0]} row(s) of ${expected[1]} numbers, received ${received}. A state is ` +
      "restored into as many rows as it was saved from.",
  );
}

/** Bytes that are no encoded state. */
export function streamStateBytes(problem: string): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_STATE",
    `decodeState: ${problem}. Hand in the bytes that encodeState returned, all of them and unchanged.`,
  );
}

/** A session or member that was ended. */
export function streamClosed(who: string): HiddenstateError {
  return new HiddenstateError("E_STREAM_CLOSED", `${who}: it has ended, and its memory serves others. Make a new one.`);
}

/** More members than rows. */
export function streamPoolFull(capacity: number): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_POOL",
    `StreamPool.join: all ${capacity} rows are taken. Let a member leave, or make a larger pool.`,
  );
}

/** Memory that the engine does not give. */
export function streamMemory(bytes: number, cause: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_STREAM_MEMORY",
    `stream: the engine gives no memory for ${bytes} bytes more. Close sessions that are not needed any more, or use ` +
      "smaller batches.",
    { cause },
  );
}
