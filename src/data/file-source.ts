/** A file as readers see it: a name for messages, and its bytes in pieces. */
export interface FileSource {
  /** What messages call it: a path, a URL, or words. */
  readonly name: string;
  /** The bytes from the start, in pieces of any size; each call reads anew. */
  open(): AsyncIterable<Uint8Array>;
}

/**
 * A file made of what is at hand.
 *
 * @param content text becomes UTF-8
 *
 * @example
 * const file = memoryFile("names.csv", "name,label\nAda,en\n");
 */
export function memoryFile(name: string, content: string | Uint8Array): FileSource {
  return {
    name,
    async *open() {
      yield typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
  };
}
