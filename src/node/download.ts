import { createHash, type Hash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import {
  downloadChecksum,
  downloadInterrupted,
  downloadRefused,
  downloadUnreachable,
  invalidValue,
} from "../errors.js";
import { makeFolder, syncFolder, writing } from "./durable-files.js";

/** A file to fetch, and what its bytes must be. */
export interface RemoteFile {
  /** Its name in the folder. */
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** What a download tells while it goes. */
export type DownloadEvent =
  /** A file is begun, or gone on with from `received` bytes. */
  | { readonly type: "file"; readonly name: string; readonly received: number; readonly bytes: number }
  | { readonly type: "progress"; readonly name: string; readonly received: number; readonly bytes: number }
  /** A file is there, verified; `fetched` says whether it had to be fetched. */
  | { readonly type: "done"; readonly name: string; readonly path: string; readonly fetched: boolean };

/** How to fetch. */
export interface DownloadOptions {
  /** Stops at once; what came is kept for the next time. */
  readonly signal?: AbortSignal;
  /** How often a file that broke off is gone on with, as long as something came (default 3). */
  readonly retries?: number;
}

/** Bytes between two events of progress. */
const STRIDE = 1 << 18;

/**
 * Fetch files into a folder, one after the other. A file appears under its name whole and verified or not at all; until then
 * it is `NAME.part`, which the next call goes on with. Files that are there and right are not fetched.
 *
 * @throws E_DOWNLOAD where a server refuses or cannot be reached; E_DOWNLOAD_INTERRUPTED; E_DOWNLOAD_CHECKSUM for other bytes
 *   than expected; E_VALUE for a name that is no file's; E_RUN_WRITE where the folder cannot be written; the signal's reason
 *
 * @example
 * for await (const event of download(files, folder)) if (event.type === "done") console.log(event.path);
 */
export async function* download(
  files: readonly RemoteFile[],
  folder: string,
  { signal, retries = 3 }: DownloadOptions = {},
): AsyncGenerator<DownloadEvent, void, undefined> {
  writing(folder, () => makeFolder(folder));
  for (const file of files) {
    signal?.throwIfAborted();
    expectFileName(folder, file.name);
    const target = path.join(folder, file.name);
    const there = await printOf(target, signal);
    if (there !== null && isRight(file, there)) {
      yield { type: "done", name: file.name, path: target, fetched: false };
      continue;
    }
    yield* fetchFile(file, `${target}.part`, retries, signal);
    writing(target, () => {
      fs.renameSync(`${target}.part`, target);
      syncFolder(folder);
    });
    yield { type: "done", name: file.name, path: target, fetched: true };
  }
}

/** Errors: `E_VALUE` for a name that is a path, or that of a folder. */
function expectFileName(folder: string, name: string): void {
  if (typeof name !== "string" || /^\.{0,2}$|[\\/]/.test(name))
    throw invalidValue("download", "name", "the name of a file, without folders", name);
  if (fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory())
    throw invalidValue("download", "name", `free for a file in "${folder}"`, `that of a folder, ${name}`);
}

/** Fetch into `part` until it is whole and right. */
async function* fetchFile(
  file: RemoteFile,
  part: string,
  retries: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<DownloadEvent, void, undefined> {
  const { url, bytes } = file;
  for (let left = retries; ;) {
    const kept = fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0;
    const from = kept < bytes ? kept : 0;
    const received = kept === bytes ? kept : yield* fetchRest(file, part, from, signal);
    if (received < bytes) {
      if (received > from && left-- > 0) continue;
      throw downloadInterrupted(url, received, bytes);
    }
    const print = (await printOf(part, signal))!;
    if (isRight(file, print)) return;
    fs.rmSync(part, { force: true });
    // The beginning may have been of another version, or of another program: once more, from there.
    if (kept > 0 && left-- > 0) continue;
    throw downloadChecksum(url, file, print);
  }
}

/** Fetch what is missing behind the first `from` bytes; returns the bytes there are then. */
async function* fetchRest(
  { name, url, bytes }: RemoteFile,
  part: string,
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<DownloadEvent, number, undefined> {
  // Ranges are of the bytes that are sent: packed on the way they would be those of another file.
  const headers = { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) };
  const response = await reach(url, headers, signal);
  const { status, body } = response;
  if (status === 416) {
    // Shorter than what is here: not the file that this was a part of.
    await body?.cancel();
    fs.rmSync(part, { force: true });
    return yield* fetchRest({ name, url, bytes, sha256: "" }, part, 0, signal);
  }
  if (!response.ok || body === null) {
    await body?.cancel();
    throw downloadRefused(url, status);
  }
  const resumed = status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${from}-`) === true;
  let received = resumed ? from : 0;
  yield { type: "file", name, received, bytes };
  const out = writing(part, () => fs.openSync(part, resumed ? "a" : "w"));
  let told = received;
  try {
    for await (const chunk of body) {
      writing(part, () => fs.writeSync(out, chunk));
      received += chunk.length;
      // More than the file has is not the file.
      if (received > bytes) break;
      if (received - told < STRIDE && received < bytes) continue;
      told = received;
      yield { type: "progress", name, received, bytes };
    }
  } catch (error) {
    signal?.throwIfAborted();
    // A socket that closes is an interruption; a disk that is full is told as it is.
    if (!(error instanceof TypeError) && (error as { name?: string })?.name !== "AbortError") throw error;
  } finally {
    fs.fsyncSync(out);
    fs.closeSync(out);
  }
  return received;
}

async function reach(url: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: signal ?? null });
  } catch (error) {
    signal?.throwIfAborted();
    throw downloadUnreachable(url, error);
  }
}

interface Print {
  readonly bytes: number;
  readonly sha256: string;
}

function isRight(file: RemoteFile, { bytes, sha256 }: Print): boolean {
  return bytes === file.bytes && sha256 === file.sha256;
}

/** Length and hash of a file, read in pieces; null if there is none. */
async function printOf(file: string, signal: AbortSignal | undefined): Promise<Print | null> {
  if (!fs.existsSync(file)) return null;
  const hash: Hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of fs.createReadStream(file)) {
    signal?.throwIfAborted();
    hash.update(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
