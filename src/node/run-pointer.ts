import fs from "node:fs";
import path from "node:path";
import { runFileDamaged } from "../errors.js";
import { replaceFile, syncFolder, systemCode, temporaryBeside } from "./durable-files.js";

/**
 * `current`: the one name in a run folder whose replacement commits a checkpoint.
 *
 * It is a relative link to `checkpoints/N`, so that everything reached through it (the `model.safetensors` at the top is a
 * link to `current/model.safetensors`) changes in the same instant, and a moved folder stays right. Where the system has
 * no links it is a file with the same text.
 */
export const POINTER = "current";

/** The link at the top of a run that leads to its best checkpoint; the list of the committed one says which that is. */
export const BEST = "best";

/** The link at the top of a run that names the committed model. */
export const MODEL_LINK = "model.safetensors";

/** What `current` says. */
export interface Pointer {
  /** `followed`: a copy of the run has put a folder where the link was; it can be read, not written. */
  readonly kind: "link" | "file" | "followed";
  /** Folder of the committed checkpoint, relative to the run. */
  readonly folder: string;
}

/** Read `current` in `run`; null if there is none. */
export function readPointer(run: string): Pointer | null {
  const file = path.join(run, POINTER);
  const stats = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isDirectory()) return { kind: "followed", folder: POINTER };
  const kind = stats.isSymbolicLink() ? "link" : "file";
  const text = kind === "link" ? fs.readlinkSync(file) : fs.readFileSync(file, "utf8").trim();
  const folder = text.replaceAll("\\", "/");
  if (!/^checkpoints\/[0-9]+$/.test(folder)) throw runFileDamaged(file, "pointer");
  return { kind, folder };
}

/** Let `current` name another folder, in one step. */
export function writePointer(run: string, kind: "link" | "file", folder: string): void {
  const file = path.join(run, POINTER);
  if (kind === "file") return replaceFile(file, new TextEncoder().encode(`${folder}\n`));
  const temporary = temporaryBeside(file);
  fs.rmSync(temporary, { force: true });
  fs.symlinkSync(folder, temporary);
  fs.renameSync(temporary, file);
  syncFolder(run);
}

/** Put the link to the committed model at the top; false where the system has no links. */
export function linkModel(run: string): boolean {
  const link = path.join(run, MODEL_LINK);
  const target = path.join(POINTER, MODEL_LINK);
  if (fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && fs.readlinkSync(link) === target) return true;
  const temporary = temporaryBeside(link);
  try {
    fs.symlinkSync(target, temporary);
    fs.renameSync(temporary, link);
    return true;
  } catch (error) {
    // Windows without the right, FAT, some network shares. The folder itself is known to be writable.
    if (["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

/** Let `best` lead to another folder, in one step. */
export function linkBest(run: string, folder: string): void {
  const link = path.join(run, BEST);
  const stats = fs.lstatSync(link, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() && fs.readlinkSync(link) === folder) return;
  // A copy that followed links has a folder here.
  if (stats?.isDirectory()) fs.rmSync(link, { recursive: true });
  const temporary = temporaryBeside(link);
  fs.rmSync(temporary, { force: true });
  fs.symlinkSync(folder, temporary);
  fs.renameSync(temporary, link);
}
