/**
 * Data for training, in batches: what the loop asks for.
 *
 * A batch is a pure function of (what the source was made from, its seed among it, epoch, index), so that a run goes on anywhere.
 */
export interface BatchSource<Batch> {
  /** Batches of an epoch; may differ from epoch to epoch. */
  count(epoch: number): number;
  /** Batch `index`, 0 ≤ index < count(epoch), of an epoch, from 0. */
  batch(epoch: number, index: number): Batch;
}
