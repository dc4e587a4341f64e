import fs from "node:fs";
import path from "node:path";
import { runExists, runFolderForeign, runLinkLost, runWithoutCheckpoint } from "../errors.js";
import type { RunReader, RunStore } from "../train/run-store.js";
import { makeFolder, replaceFile, TEMPORARY, writing } from "./durable-files.js";
import { MetricsLog } from "./metrics-log.js";
import { RunFolder } from "./run-folder.js";
import { MODEL_LINK, POINTER } from "./run-pointer.js";
import { checkLabel, readCommitted, RUN_LABEL, RUN_VERSION, RunFolderReader } from "./run-reader.js";

/**
 * Start a run in a new or empty folder; what a run that never reached its first checkpoint has left there is removed.
 *
 * @throws E_RUN_EXISTS if the folder holds a run; E_RUN_FOLDER if it holds anything else; E_RUN_DAMAGED if its checkpoints
 * have lost their pointer; E_RUN_WRITE
 */
export function createRun(run: string): RunStore {
  return writing(run, () => {
    makeFolder(run);
    const entries = fs.readdirSync(run).filter((name) => !TEMPORARY.test(name));
    if (entries.includes(POINTER)) throw runExists(run);
    if (entries.length > 0 && !entries.includes(RUN_LABEL)) throw runFolderForeign(run, entries[0]);
    // What follows removes the leftovers of a first checkpoint: it must not be more than that.
    readCommitted(run);
    const label = { format: "hiddenstate.run", version: RUN_VERSION };
    replaceFile(path.join(run, RUN_LABEL), new TextEncoder().encode(`${JSON.stringify(label)}\n`));
    for (const name of ["checkpoints", MODEL_LINK, MetricsLog.FILE]) {
      fs.rmSync(path.join(run, name), { recursive: true, force: true });
    }
    return new RunFolder(run, null);
  });
}

/**
 * Open a run to go on with it; what a killed run has left half-written is removed.
 *
 * @throws E_RUN_MISSING, E_RUN_VERSION, E_RUN_NO_CHECKPOINT, E_RUN_DAMAGED, E_RUN_LINK; E_RUN_WRITE
 */
export function resumeRun(run: string): RunStore {
  checkLabel(run);
  const committed = readCommitted(run);
  if (committed === null) throw runWithoutCheckpoint(run);
  if (committed.pointer.kind === "followed") {
    throw runLinkLost(path.join(run, POINTER), committed.manifest.generation);
  }
  return writing(run, () => new RunFolder(run, committed));
}

/**
 * Open a run to read it; nothing in the folder changes, so that it may be one that is being trained.
 *
 * @throws E_RUN_MISSING, E_RUN_VERSION, E_RUN_NO_CHECKPOINT, E_RUN_DAMAGED
 */
export function openRun(run: string): RunReader {
  return new RunFolderReader(run);
}
