import type { FileSource } from "./file-source.js";

/** All bytes of a file. */
export async function bytesOfFile(file: FileSource): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.open()) pieces.push(piece);
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** UTF-8 as text; a byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8").decode(bytes);
}

/** Place of the first byte that cannot stand in text, NUL or no UTF-8; null if there is none. */
export function binaryAt(bytes: Uint8Array): number | null {
  const zero = bytes.indexOf(0);
  const invalid = invalidUtf8At(bytes);
  if (zero < 0 || invalid < 0) return zero < 0 && invalid < 0 ? null : Math.max(zero, invalid);
  return Math.min(zero, invalid);
}

/** Place of the first byte that is not UTF-8, −1 if all of it is. The decoder says only whether, so it is asked in halves. */
function invalidUtf8At(bytes: Uint8Array): number {
  if (prefixIsUtf8(bytes, bytes.length, false)) return -1;
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = Math.floor((good + bad) / 2);
    if (prefixIsUtf8(bytes, middle, true)) good = middle;
    else bad = middle;
  }
  return good;
}

/** `open`: the prefix may end within a character. */
function prefixIsUtf8(bytes: Uint8Array, length: number, open: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: open });
    return true;
  } catch {
    return false;
  }
}
