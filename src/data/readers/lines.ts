import { badEncoding, type HiddenstateError, invalidValue, lineTooLong, notText, unknownValue } from "../../errors.js";
import type { FileSource } from "../file-source.js";

/** How bytes are text. */
export interface TextOptions {
  /** Default "utf-8". "latin1" is ISO-8859-1: each byte is the code point of its number. */
  readonly encoding?: "utf-8" | "latin1";
  /** What to do with bytes that are no UTF-8: "fail" (default) names the first, "replace" reads each bad sequence as U+FFFD. */
  readonly invalid?: "fail" | "replace";
}

/** A line of a file. */
export interface Line {
  /** Without its end. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

const NEWLINE = 10;
/** Longest line in bytes: a string of an engine cannot be much longer. */
const LONGEST = 256 * 1024 * 1024;

/**
 * The lines of a text file, as they come.
 *
 * A line ends in LF or CRLF, the last one perhaps in neither; a lone CR is a character. A byte order mark at the start is
 * dropped. An empty file has no line, and a newline at the end begins none.
 *
 * Errors: `E_ENCODING` for bytes that are no UTF-8, with file, line and byte, and for UTF-16 and NUL; what opening throws.
 *
 * @example
 * for await (const { text, line } of readLines(file)) console.log(line, text);
 */
export async function* readLines(file: FileSource, options: TextOptions = {}): AsyncGenerator<Line, void, undefined> {
  for await (const lines of lineBlocks(file, options)) yield* lines;
}

/** As `readLines`, but the lines of a piece of the file at a time: for readers that go on without waiting. */
export async function* lineBlocks(
  file: FileSource,
  { encoding = "utf-8", invalid = "fail" }: TextOptions = {},
): AsyncGenerator<readonly Line[], void, undefined> {
  if (!["utf-8", "latin1"].includes(encoding))
    throw unknownValue("readLines", "encoding", encoding, ["utf-8", "latin1"]);
  if (!["fail", "replace"].includes(invalid)) throw unknownValue("readLines", "invalid", invalid, ["fail", "replace"]);
  const place = { file: file.name, line: 1, at: 0 };
  /** Whole lines; those before one that is no text are given before it is told. */
  function* decoded(bytes: Uint8Array): Generator<readonly Line[], void, undefined> {
    const { texts, problem } = encoding === "latin1" ? latin1(bytes, place) : utf8(bytes, place, invalid);
    place.at += bytes.length;
    if (texts.length > 0) yield texts.map((text) => ({ text, line: place.line++ }));
    if (problem !== null) throw problem;
  }
  // Pieces of a line that has not ended yet: joined once, so that a line of any length costs its length.
  let open: Uint8Array[] = [];
  let openBytes = 0;
  let first = true;
  for await (const piece of file.open()) {
    if (!(piece instanceof Uint8Array)) throw invalidValue(file.name, "open()", "pieces of Uint8Array", piece);
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      let bytes = join([...open, piece.subarray(0, end)]);
      if (first) bytes = withoutMark(bytes, place);
      first = false;
      open = [];
      openBytes = 0;
      yield* decoded(bytes);
    }
    if (end === piece.length) continue;
    // A copy: whoever gave the piece may fill it again.
    open.push(piece.slice(end));
    openBytes += piece.length - end;
    if (openBytes > LONGEST) throw lineTooLong(place.file, place.line, LONGEST);
  }
  let bytes = join(open);
  if (first) bytes = withoutMark(bytes, place);
  if (bytes.length > 0) yield* decoded(bytes);
}

/** Lines as text, and what is wrong with the one behind them. */
interface Decoded {
  readonly texts: readonly string[];
  readonly problem: HiddenstateError | null;
}

interface Place {
  readonly file: string;
  line: number;
  /** Byte of the file at which the next line begins. */
  at: number;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function withoutMark(bytes: Uint8Array, place: Place): Uint8Array {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) throw notText(place.file, "this is UTF-16");
  if (a === 0x1f && b === 0x8b) throw notText(place.file, "this is gzip, not text");
  if (a !== 0xef || b !== 0xbb || c !== 0xbf) return bytes;
  place.at = 3;
  return bytes.subarray(3);
}

/** Whole lines as text, without their ends. */
function utf8(bytes: Uint8Array, place: Place, invalid: "fail" | "replace"): Decoded {
  const whole = (text: string): Decoded => ({ texts: split(text), problem: null });
  if (invalid === "replace") return whole(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const text = strictly(bytes);
  if (text !== null && bytes.indexOf(0) < 0) return whole(text);
  // A line is to blame: no byte of a longer sequence is a newline.
  let line = place.line;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    const bad = badByte(bytes.subarray(start, end));
    if (bad !== null) {
      const problem = badEncoding(place.file, line, bytes[start + bad], place.at + start + bad);
      return { texts: split(strictly(bytes.subarray(0, start)) ?? ""), problem };
    }
    start = end;
  }
  return whole(text ?? "");
}

function strictly(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Place of the first NUL, or of the first byte of a sequence that is no UTF-8; null if there is none. */
function badByte(bytes: Uint8Array): number | null {
  for (let at = 0; at < bytes.length;) {
    const n = sequenceLength(bytes, at);
    if (n === 0 || bytes[at] === 0) return at;
    at += n;
  }
  return null;
}

/** Bytes of the character at a place, 0 if none is there: Unicode 15, table 3-7. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  // The second byte rules out longer forms than needed, surrogates, and what is beyond U+10FFFF.
  const from = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const to = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    const fits = i === 1 ? byte >= from && byte <= to : byte >= 0x80 && byte <= 0xbf;
    if (!fits) return 0;
  }
  return length;
}

function latin1(bytes: Uint8Array, place: Place): Decoded {
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    const good = bytes.subarray(0, bytes.lastIndexOf(NEWLINE, zero) + 1);
    const { texts } = latin1(good, place);
    return { texts, problem: badEncoding(place.file, place.line + texts.length, 0, place.at + zero) };
  }
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 4096) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + 4096)));
  }
  return { texts: split(parts.join("")), problem: null };
}

function split(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [i, line] of lines.entries()) if (line.endsWith("\r")) lines[i] = line.slice(0, -1);
  return lines;
}
