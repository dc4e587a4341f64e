/**
 * Strict JSON that keeps what `JSON.parse` loses: a key that stands twice is refused, numbers keep their digits
 * (2^53 + 1 must not pass as 2^53), and `__proto__` is a key like any other.
 */

/** A parsed value: objects are maps in file order, numbers are their own text. */
export type StrictJson = string | boolean | null | JsonNumber | StrictJson[] | Map<string, StrictJson>;

/** A number as it was written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The value if it is written as a plain non-negative integer that a float64 holds exactly, else undefined. */
  natural(): number | undefined {
    const value = Number(this.text);
    return /^(?:0|[1-9][0-9]*)$/.test(this.text) && Number.isSafeInteger(value) ? value : undefined;
  }
}

/** How the caller words the two ways a text can fail; each must return an error to throw. */
export interface JsonRefusals {
  syntax(expected: string, at: number): Error;
  duplicate(key: string, at: number): Error;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const BLANKS = /[ \t\n\r]*/y;
const PLAIN = /[ !#-[\]-\uffff]*/y;
const LONE_SURROGATE = /\p{Surrogate}/u;
const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };
const WORDS: [string, boolean | null][] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
/** Nesting that no honest file needs; beyond it a hostile one would exhaust the stack. */
const MAX_DEPTH = 64;

/** Parse one JSON value that fills `text` (blanks around it are allowed); throws what `refuse` returns. */
export function parseStrictJson(text: string, refuse: JsonRefusals): StrictJson {
  let at = 0;

  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };
  const expect = (character: string): void => {
    if (text[at] !== character) throw refuse.syntax(`"${character}"`, at);
    at++;
  };

  function string(): string {
    const start = at;
    expect('"');
    let out = "";
    for (;;) {
      out += match(PLAIN);
      if (text[at] === '"') break;
      if (text[at] !== "\\") throw refuse.syntax("the end of a string", at);
      out += escape();
    }
    at++;
    if (LONE_SURROGATE.test(out)) throw refuse.syntax("well-formed Unicode", start);
    return out;
  }

  function escape(): string {
    const letter = text[at + 1] ?? "";
    const hex = text.slice(at + 2, at + 6);
    if (letter === "u" && /^[0-9a-fA-F]{4}$/.test(hex)) {
      at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    if (!Object.hasOwn(ESCAPES, letter)) throw refuse.syntax("an escape", at);
    at += 2;
    return ESCAPES[letter];
  }

  function object(depth: number): Map<string, StrictJson> {
    const out = new Map<string, StrictJson>();
    expect("{");
    match(BLANKS);
    while (text[at] !== "}") {
      if (out.size > 0) {
        expect(",");
        match(BLANKS);
      }
      const start = at;
      const key = string();
      if (out.has(key)) throw refuse.duplicate(key, start);
      match(BLANKS);
      expect(":");
      out.set(key, value(depth));
    }
    at++;
    return out;
  }

  function array(depth: number): StrictJson[] {
    const out: StrictJson[] = [];
    expect("[");
    match(BLANKS);
    while (text[at] !== "]") {
      if (out.length > 0) expect(",");
      out.push(value(depth));
    }
    at++;
    return out;
  }

  function value(depth: number): StrictJson {
    if (depth > MAX_DEPTH) throw refuse.syntax("less nesting", at);
    match(BLANKS);
    const out = bare(depth + 1);
    match(BLANKS);
    return out;
  }

  function bare(depth: number): StrictJson {
    const first = text[at];
    if (first === "{") return object(depth);
    if (first === "[") return array(depth);
    if (first === '"') return string();
    for (const [word, meaning] of WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    const number = match(NUMBER);
    if (number === "") throw refuse.syntax("a value", at);
    return new JsonNumber(number);
  }

  const out = value(0);
  if (at < text.length) throw refuse.syntax("the end of the text", at);
  return out;
}
