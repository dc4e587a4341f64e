import fs from "node:fs";
import path from "node:path";
import { HiddenstateError, runNotWritable } from "../errors.js";

/** Writing that survives a kill and a power cut: what a caller was told is written, is on the disk. */

/** Names of files that are not yet what they will be; a run folder is cleaned of them when it is opened for writing. */
export const TEMPORARY = /^\.tmp-/;

/** The system's own code of an error (`ENOSPC`, …), if it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/**
 * Do something that writes at `target`.
 *
 * @throws E_RUN_WRITE in place of the system's error
 */
export function writing<Result>(target: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw error instanceof HiddenstateError ? error : runNotWritable(target, error);
  }
}

/**
 * Make a folder and those above it, one by one: the recursive form of Node 20 never returns where the system answers
 * ENOENT for a folder whose parent is there, as /proc does.
 */
export function makeFolder(folder: string): void {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  fs.mkdirSync(folder);
}

/** Write a file and wait until the disk has it. */
export function writeDurably(target: string, bytes: Uint8Array): void {
  fs.writeFileSync(target, bytes, { flush: true });
}

/** Wait until the disk has the names in a folder: a file's own flush does not cover them. */
export function syncFolder(folder: string): void {
  // Windows cannot open a folder, and flushes names by itself.
  if (process.platform === "win32") return;
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    // Some network file systems do not offer it; the rename is still atomic there.
    if (systemCode(error) !== "EINVAL") throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** A free temporary name beside `target`: a rename is atomic only within one file system. */
export function temporaryBeside(target: string): string {
  return path.join(path.dirname(target), `.tmp-${process.pid}-${path.basename(target)}`);
}

/** Give `target` these bytes in one step: a reader sees the old file or the new one, never a part. */
export function replaceFile(target: string, bytes: Uint8Array): void {
  const temporary = temporaryBeside(target);
  writeDurably(temporary, bytes);
  fs.renameSync(temporary, target);
  syncFolder(path.dirname(target));
}
