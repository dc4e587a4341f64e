/** Where a run keeps what it must not lose, as the training loop sees it: no file system here. */

/** A run that can be read. */
export interface RunReader {
  /** Number of the committed checkpoint; null before the first commit. */
  readonly generation: number | null;
  /**
   * A file of the committed checkpoint, e.g. `model.safetensors`; its length and hash are verified.
   *
   * @throws E_RUN_NO_CHECKPOINT before the first commit; E_RUN_FILE for a name it does not contain; E_RUN_DAMAGED for a
   *   file that is missing, cut short or altered; E_RUN_CHANGED when another process has saved in the meantime
   */
  read(name: string): Promise<Uint8Array>;
  /**
   * A document that says what the run is, e.g. `config.json`; verified against the committed checkpoint.
   *
   * @throws E_RUN_DAMAGED as `read` does
   */
  readDocument(name: string): Promise<Uint8Array>;
  /** Number of the checkpoint that was the best when it was committed; null if none was called so. */
  readonly best: number | null;
  /**
   * A file of the best checkpoint; of the last one where none was called the best. Errors: as `read`.
   */
  readBest(name: string): Promise<Uint8Array>;
}

/**
 * A run that can be read and written by one process at a time.
 *
 * A checkpoint is a generation: any number of `put`s, then one `commit`, which is atomic. Until it returns, the
 * generation before is what every reader sees; a kill at any moment leaves the one or the other, whole.
 */
export interface RunStore extends RunReader {
  /**
   * Number of the generation to write next: 0 for a new run, else the committed one + 1.
   */
  readonly next: number;
  /**
   * Write a document before the first commit; every checkpoint then vouches for it. The same bytes may be written again.
   *
   * @throws E_RUN_SEALED for other bytes after the first commit
   */
  putDocument(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Write one file of an uncommitted generation.
   *
   * @throws E_RUN_GENERATION if it is not `next`; E_RUN_WRITE when the disk is full or the folder cannot be written
   */
  put(generation: number, name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Make a generation the run's checkpoint, and drop the ones before it, but for the best.
   *
   * @param as `best`: whether it takes the place of the best checkpoint (default false)
   * @throws E_RUN_GENERATION if it is not `next`; E_RUN_WRITE, and the last checkpoint stays
   */
  commit(generation: number, as?: { readonly best?: boolean }): Promise<void>;
  /**
   * Write a page for people, e.g. `README.md`: at any time, over the one that is there. No checkpoint vouches for it.
   *
   * @throws E_RUN_FILE for a name that is the run's own; E_RUN_WRITE
   */
  putPage(name: string, bytes: Uint8Array): Promise<void>;
  /** The lines of the log so far; one that was not finished is left out. */
  readMetrics(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Add one line to the log. A line about a step should be added before the checkpoint of that step is committed. */
  appendMetric(line: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * Cut the log behind the last line whose `step` is not after `step`: what a killed run wrote after its checkpoint goes,
   * a half-written last line too.
   *
   * @throws E_RUN_DAMAGED if what the checkpoint vouches for, its lines about earlier steps, is not there
   */
  truncateMetrics(step: number): Promise<void>;
}
