import fs from "node:fs";
import path from "node:path";
import {
  runChanged,
  runFileDamaged,
  runFileUnknown,
  runMissing,
  runPointerLost,
  runUnreadable,
  runVersion,
  runWithoutCheckpoint,
} from "../errors.js";
import type { RunReader } from "../train/run-store.js";
import { systemCode } from "./durable-files.js";
import { decodeManifest, type Fingerprint, type Manifest, verify } from "./run-manifest.js";
import { type Pointer, readPointer } from "./run-pointer.js";

/** Version of the folder's layout; another one is refused. */
export const RUN_VERSION = 1;
/** The file by which a folder is known to be a run. */
export const RUN_LABEL = "run.json";
/** The list of a checkpoint's files, in its folder. */
export const MANIFEST = "checkpoint.json";

/** The committed checkpoint of a run folder. */
export interface Committed {
  readonly pointer: Pointer;
  readonly manifest: Manifest;
}

/**
 * Check that `run` holds a run of this version.
 *
 * @throws E_RUN_MISSING, E_RUN_VERSION, E_RUN_DAMAGED
 */
export function checkLabel(run: string): void {
  const file = path.join(run, RUN_LABEL);
  const bytes = readIfThere(file);
  if (bytes === null) throw runMissing(run);
  let label: { format?: unknown; version?: unknown } | null = null;
  try {
    label = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Told below.
  }
  if (label?.format !== "hiddenstate.run") throw runFileDamaged(file, "label");
  if (typeof label.version !== "number") throw runFileDamaged(file, "label");
  if (label.version !== RUN_VERSION) throw runVersion(run, label.version, RUN_VERSION);
}

/**
 * What is committed in `run`; null before the first commit.
 *
 * @throws E_RUN_DAMAGED, also where a checkpoint was committed and the pointer to it is gone
 */
export function readCommitted(run: string): Committed | null {
  const pointer = readPointer(run);
  if (pointer === null) {
    const orphan = committedGeneration(run);
    if (orphan !== null) throw runPointerLost(run, folderOf(orphan));
    return null;
  }
  const file = path.join(run, pointer.folder, MANIFEST);
  const bytes = readIfThere(file);
  if (bytes === null) throw runFileDamaged(file, "missing");
  const manifest = decodeManifest(file, bytes);
  if (pointer.kind !== "followed" && pointer.folder !== folderOf(manifest.generation)) {
    throw runFileDamaged(file, "generation");
  }
  return { pointer, manifest };
}

/**
 * The generation that must have been committed, by the folders that lie there; null if none need have been. Generation 0
 * may be the first one being written; a later one exists only behind a commit. Of those with a list, which is written last,
 * it is the highest: older ones are the best or are pruned after a commit.
 */
function committedGeneration(run: string): number | null {
  const folder = path.join(run, "checkpoints");
  if (!fs.existsSync(folder)) return null;
  const generations = fs.readdirSync(folder).map(Number).filter(Number.isSafeInteger);
  if (Math.max(0, ...generations) === 0) return null;
  const listed = generations.filter((generation) => fs.existsSync(path.join(run, folderOf(generation), MANIFEST)));
  return Math.max(...(listed.length > 0 ? listed : generations));
}

/** Folder of a generation, relative to the run. */
export function folderOf(generation: number): string {
  return `checkpoints/${generation}`;
}

/** A run folder, read only: what is being written beside stays untouched. */
export class RunFolderReader implements RunReader {
  readonly #run: string;
  readonly #committed: Committed;

  /** @throws E_RUN_MISSING, E_RUN_VERSION, E_RUN_DAMAGED; E_RUN_NO_CHECKPOINT before the first commit */
  constructor(run: string) {
    checkLabel(run);
    const committed = readCommitted(run);
    if (committed === null) throw runWithoutCheckpoint(run);
    this.#run = run;
    this.#committed = committed;
  }

  get generation(): number {
    return this.#committed.manifest.generation;
  }

  async read(name: string): Promise<Uint8Array> {
    return readCheckpointFile(this.#run, this.#committed, name);
  }

  get best(): number | null {
    return this.#committed.manifest.best;
  }

  async readBest(name: string): Promise<Uint8Array> {
    return readBestFile(this.#run, this.#committed, name);
  }

  async readDocument(name: string): Promise<Uint8Array> {
    return readVerified(path.join(this.#run, name), name, this.#committed.manifest.documents);
  }
}

/** A verified file of the committed checkpoint. */
export function readCheckpointFile(run: string, { pointer, manifest }: Committed, name: string): Uint8Array {
  try {
    return readVerified(path.join(run, pointer.folder, name), name, manifest.files);
  } catch (error) {
    // Another process may have committed and pruned since this one looked.
    if (readPointer(run)?.folder !== pointer.folder) throw runChanged(run);
    throw error;
  }
}

/** A verified file of the best checkpoint, or of the committed one where none was called the best. */
export function readBestFile(run: string, committed: Committed, name: string): Uint8Array {
  const { best, generation } = committed.manifest;
  if (best === null || best === generation) return readCheckpointFile(run, committed, name);
  const folder = folderOf(best);
  try {
    const file = path.join(run, folder, MANIFEST);
    const bytes = readIfThere(file);
    if (bytes === null) throw runFileDamaged(file, "missing");
    return readVerified(path.join(run, folder, name), name, decodeManifest(file, bytes).files);
  } catch (error) {
    // Another process may have found a better one and pruned since this one looked.
    if (readPointer(run)?.folder !== committed.pointer.folder) throw runChanged(run);
    throw error;
  }
}

/** The bytes of `file`, if they are what `saved` says of `name`. */
export function readVerified(file: string, name: string, saved: ReadonlyMap<string, Fingerprint>): Uint8Array {
  const expected = saved.get(name);
  if (expected === undefined) throw runFileUnknown(name, [...saved.keys()]);
  const bytes = readIfThere(file);
  if (bytes === null) throw runFileDamaged(file, "missing");
  verify(file, bytes, expected);
  return bytes;
}

/** The bytes of `file`; null if it does not exist. */
export function readIfThere(file: string): Uint8Array | null {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return null;
    throw runUnreadable(file, error);
  }
}
