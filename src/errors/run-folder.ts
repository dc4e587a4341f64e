/** Runs on disk: missing, damaged, foreign, full. */
import { HiddenstateError, knownText } from "./letter.js";

/** A folder that already holds a run. */
export function runExists(path: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_EXISTS",
    `run: "${path}" already holds a run. Resume it with --resume, or choose another folder with --out.`,
  );
}

/** An output folder with other things in it. */
export function runFolderForeign(path: string, entry: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_FOLDER",
    `run: "${path}" is not empty (it holds "${entry}") and is not a run. Choose a new or empty folder.`,
  );
}

/** A folder that holds no run. */
export function runMissing(path: string): HiddenstateError {
  return new HiddenstateError("E_RUN_MISSING", `run: there is no run in "${path}". Check the path of the run folder.`);
}

/**
 * A run of another task than the one that is asked of it.
 *
 * @param path null where the run is not known by one
 */
export function otherTask(path: string | null, received: string, expected: string): HiddenstateError {
  const which = path === null ? "this one" : `"${path}"`;
  return new HiddenstateError(
    "E_RUN_TASK",
    `run: ${which} was trained for ${received}, not for ${expected}. Use it as what it is, or name another run.`,
  );
}

/** A run whose model does not write, where text is to be written. */
export function runWritesNothing(path: string, task: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_TASK",
    `run: "${path}" was trained for ${task}, and only language models write texts of their own. Ask it with ` +
      `hiddenstate predict ${path}, or name a run of train language.`,
  );
}

/** A run that stopped before its first checkpoint. */
export function runWithoutCheckpoint(path: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_NO_CHECKPOINT",
    `run: "${path}" has no saved checkpoint, it stopped before the first. Start it again with --out.`,
  );
}

/** A run whose checkpoints are there and whose pointer to them is not. */
export function runPointerLost(path: string, folder: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_DAMAGED",
    `run: "${path}" holds ${folder}, but "current", the link that names it, is missing. Nothing was changed. ` +
      `Restore the run folder from a copy, or put the link back: ln -s ${folder} current, in that folder.`,
  );
}

/** A run folder written by another version of the format. */
export function runVersion(path: string, received: unknown, expected: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_VERSION",
    `run: "${path}" has format version ${String(received)}, this program reads version ${expected}. ` +
      "Use the version of hiddenstate that wrote it.",
  );
}

/**
 * A file of a run that is missing, cut short or altered.
 *
 * @param bytes length of the file and length when saved, where the damage is one of length
 */
export function runFileDamaged(
  path: string,
  damage: "missing" | "length" | "altered" | "pointer" | "list" | "generation" | "label",
  bytes: readonly [received: number, expected: number] = [0, 0],
): HiddenstateError {
  const problem = {
    missing: "is missing",
    length: `has ${bytes[0]} bytes, ${bytes[1]} were saved`,
    altered: "is not what was saved: its SHA-256 differs",
    pointer: "does not name a checkpoint",
    list: "is not a list of a checkpoint's files",
    generation: "belongs to another checkpoint",
    label: "is not the label of a run",
  }[damage];
  return new HiddenstateError(
    "E_RUN_DAMAGED",
    `run: "${path}" ${problem}. Restore the run folder from a copy, or train again.`,
  );
}

/** A name that the committed checkpoint does not contain. */
export function runFileUnknown(name: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError("E_RUN_FILE", `run: the checkpoint has no file "${name}". ${knownText(name, known)}`);
}

/** A file name that a run folder does not accept. */
export function runFileName(name: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_FILE",
    `run: "${name}" cannot be a file of a run. Use letters, digits, ".", "_" and "-", and none of the store's own names.`,
  );
}

/** A document that says what the run is, and would change under its checkpoints. */
export function runDocumentSealed(name: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_SEALED",
    `run: ${name} is part of every saved checkpoint and cannot change any more. Put what changes into the checkpoint.`,
  );
}

/** A commit of a checkpoint of which nothing was written. */
export function runNothingToCommit(generation: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_GENERATION",
    `run: checkpoint ${generation} has no files. Put its files first; after a failed put, all of them again.`,
  );
}

/** A file of a run that the system refuses to read. */
export function runUnreadable(path: string, cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError("E_RUN_READ", `run: "${path}" cannot be read: ${reason}. Check its permissions.`, {
    cause,
  });
}

/** A generation that is not the one after the committed one. */
export function runGeneration(received: number, expected: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_GENERATION",
    `run: the next checkpoint is generation ${expected}, received ${received}. Number generations one after the other.`,
  );
}

/** The committed checkpoint changed between two reads. */
export function runChanged(path: string): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_CHANGED",
    `run: a new checkpoint was saved to "${path}" while it was being read. Open the run again.`,
  );
}

/** A copy of a run folder that turned its links into folders. */
export function runLinkLost(path: string, generation: number): HiddenstateError {
  return new HiddenstateError(
    "E_RUN_LINK",
    `run: "${path}" should be a link to checkpoints/${generation} but is a folder: the copy followed links. ` +
      "Copy the run again with links kept (cp -a).",
  );
}

/** The system refuses to write: says which refusal it is and what helps. */
export function runNotWritable(path: string, cause: unknown): HiddenstateError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  const advice: Record<string, string> = {
    ENOSPC: "The disk is full: free some space, then resume",
    EDQUOT: "The disk quota is used up: free some space, then resume",
    EFBIG: "The file is larger than the system allows: raise the limit (ulimit -f), then resume",
    EACCES: "Permission is missing: choose a folder you may write to",
    EPERM: "Permission is missing: choose a folder you may write to",
    EROFS: "The file system is read-only: choose another folder",
    ENOENT: "The system makes no folder there: choose another one",
    ENOTDIR: "A part of the path is a file: choose another folder",
    EEXIST: "A file already has this name: choose another folder",
    ENAMETOOLONG: "The path is too long: choose a shorter one",
    EMFILE: "Too many files are open: close some, then resume",
  };
  const reason = advice[code] ?? "Choose another folder or repair this one";
  return new HiddenstateError(
    "E_RUN_WRITE",
    `run: "${path}" cannot be written (${code}). ${reason}; the last committed checkpoint is intact.`,
    { cause },
  );
}

/** A page for people that cannot be made or written: training goes on without it, and tells. */
export function pageFailed(page: string, cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError(
    "E_RUN_PAGE",
    `run: its page ${page} is not up to date: ${reason} The model and its checkpoints are not touched by that.`,
    { cause },
  );
}
