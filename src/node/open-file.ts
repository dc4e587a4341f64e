import fs from "node:fs";
import { pipeline } from "node:stream";
import zlib from "node:zlib";
import type { FileSource } from "../data/index.js";
import { badGzip, dataMissing, dataUnreadable } from "../errors.js";
import { systemCode } from "./durable-files.js";

/** Bytes asked for at a time. */
const PIECE = 256 * 1024;

/**
 * A file on disk, read as it is asked for and never as a whole; gzip, known by its first bytes, is unpacked on the way.
 *
 * Errors, when it is read: `E_DATA_MISSING` for a path that does not exist; `E_DATA_UNREADABLE` where the system refuses; `E_GZIP`
 * for gzip that is damaged or cut short.
 *
 * @param name what messages call it; default its path
 *
 * @example
 * for await (const { fields } of readCsv(openFile("reviews.csv.gz"))) console.log(fields.text);
 */
export function openFile(path: string, name: string = path): FileSource {
  return { name, open: () => pieces(path, name) };
}

async function* pieces(path: string, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = fs.createReadStream(path, { highWaterMark: PIECE });
  try {
    const raw = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let head: Buffer = Buffer.alloc(0);
    for (let done = false; head.length < 2 && !done;) {
      const next = await raw.next();
      done = next.done === true;
      if (next.done !== true) head = Buffer.concat([head, next.value]);
    }
    const all = async function* (): AsyncGenerator<Buffer, void, undefined> {
      if (head.length > 0) yield head;
      for (let next = await raw.next(); next.done !== true; next = await raw.next()) yield next.value;
    };
    if (head[0] !== 0x1f || head[1] !== 0x8b) yield* all();
    else {
      const unzip = zlib.createGunzip();
      // Its errors arrive below, where the pieces are taken out.
      pipeline(all, unzip, () => {});
      for await (const piece of unzip) yield piece as Buffer;
    }
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (["ENOENT", "ENOTDIR"].includes(code)) throw dataMissing(name);
    if (code.startsWith("Z_")) throw badGzip(name, error);
    throw dataUnreadable(name, error);
  } finally {
    stream.destroy();
  }
}
