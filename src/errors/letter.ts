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
export function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/** The known names in a readable row, with the closest one to `given` pointed out if it looks like a slip of the hand. */
export function knownText(given: string, known: readonly string[]): string {
  let [close, least] = [undefined as string | undefined, 3];
  for (const name of known) {
    const distance = editDistance(name.toLowerCase(), given.toLowerCase());
    if (name !== given && distance < least) [close, least] = [name, distance];
  }
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

/** A word that one might think of, and why it is none: `why` is a clause. */
export function refusedValue(who: string, option: string, value: string, why: string): HiddenstateError {
  return new HiddenstateError("E_VALUE", `${who}: ${option} cannot be "${value}": ${why}.`);
}

/** A number or setting outside what `who` accepts: `expected` says the range in words. */
export function invalidValue(who: string, option: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError("E_VALUE", `${who}: ${option} must be ${expected}, received ${String(received)}.`);
}
