import { badGzip, HiddenstateError, noDecompression } from "../errors.js";
import type { FileSource } from "./file-source.js";

/** What browsers, Node and edge runtimes call their decompressor. */
interface Decompression {
  readonly readable: {
    getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<void> };
  };
  readonly writable: {
    getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void>; abort(): Promise<void> };
  };
}
type DecompressionClass = new (format: "gzip") => Decompression;

/**
 * A gzip file as what it holds, by the platform's `DecompressionStream`; files that are not gzip come as they are.
 *
 * Errors, when it is read: `E_GZIP` where there is no such stream, and for a file that is damaged or cut short.
 *
 * @example
 * for await (const { text } of readLines(gunzip(file))) console.log(text);
 */
export function gunzip(file: FileSource): FileSource {
  return { name: file.name, open: () => opened(file) };
}

async function* opened(file: FileSource): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = file.open()[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let done: boolean | undefined = false;
  while (head.length < 2 && done !== true) {
    const next: IteratorResult<Uint8Array> = await pieces.next();
    done = next.done;
    if (next.done !== true) head = head.length === 0 ? next.value : Uint8Array.of(...head, ...next.value);
  }
  const rest = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      yield next.value;
    }
  };
  if (head[0] !== 0x1f || head[1] !== 0x8b) yield* rest();
  else yield* decompressed(file.name, rest());
}

async function* decompressed(
  name: string,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const Stream = (globalThis as { DecompressionStream?: DecompressionClass }).DecompressionStream;
  if (Stream === undefined) throw noDecompression(name);
  const { readable, writable } = new Stream("gzip");
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  let ours: unknown;
  const feeding = (async () => {
    try {
      for await (const piece of pieces) await writer.write(piece);
      await writer.close();
    } catch (error) {
      ours ??= error;
      await writer.abort().catch(() => {});
    }
  })();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value !== undefined) yield value;
    }
    await feeding;
  } catch (error) {
    throw ours instanceof HiddenstateError ? ours : badGzip(name, error);
  } finally {
    await reader.cancel().catch(() => {});
  }
}
