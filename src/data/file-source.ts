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

/** What a browser hands a page for a file that somebody chose; any `Blob` is one. */
export interface BlobLike {
  /** Of a `File`. */
  readonly name?: string;
  stream(): {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>; cancel(): Promise<void> };
  };
}

/**
 * A file that somebody chose in a page, read piece by piece.
 *
 * @param name what messages call it; default its own name
 *
 * @example
 * const rows = await collect(readCsv(gunzip(blobFile(input.files[0]))));
 */
export function blobFile(blob: BlobLike, name: string = blob.name ?? "file"): FileSource {
  return {
    name,
    async *open() {
      // Not every browser lets a stream be iterated.
      const reader = blob.stream().getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          if (value !== undefined) yield value;
        }
      } finally {
        await reader.cancel();
      }
    },
  };
}
