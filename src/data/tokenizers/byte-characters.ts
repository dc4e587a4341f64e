/**
 * GPT-2's alphabet of bytes: a visible character for each, so that pieces of UTF-8 can stand in a vocabulary of text. Bytes that are
 * visible in Latin-1 stand for themselves, the others, in ascending order, for U+0100, U+0101, …
 */
const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(visible ? byte : next++);
  });
})();

const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** All 256 characters, in order of their code points: the first tokens of a byte-level vocabulary. */
export const BYTE_ALPHABET: readonly string[] = [...BYTE_CHARACTERS].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));

/** A text as its bytes, a character each. */
export function toByteCharacters(text: string): string {
  let characters = "";
  for (const byte of new TextEncoder().encode(text)) characters += BYTE_CHARACTERS[byte];
  return characters;
}

/** The text of bytes written as characters; what is no UTF-8, as half a character is, becomes U+FFFD. */
export function fromByteCharacters(characters: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(characters));
}

/** Turns bytes written as characters into text as they come; a character appears with the last of its bytes. */
export class ByteCharacterReader {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  read(characters: string): string {
    return this.#decoder.decode(bytesOf(characters), { stream: true });
  }

  /** What is left: U+FFFD for half a character. The reader begins anew. */
  end(): string {
    return this.#decoder.decode();
  }
}

function bytesOf(characters: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(characters, (character) => BYTES.get(character) ?? 0x3f);
}
