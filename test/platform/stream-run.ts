/** A network on a sound: what the page, the worklet and Node have in common. */

/** Samples of the sound: whole blocks of 128, as worklets are given them. */
export const SAMPLES = 128 * 40;

/** A sound that is a pure function of the sample's number, in float32. */
export function sound(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: SAMPLES }, (_, i) => (((i * 7919) % 997) / 997 - 0.5) * (i < 1000 ? i / 1000 : 1));
}

/** What a run over the sound gives. */
export interface StreamRun {
  /** A hash of the samples that came out. */
  readonly samples: string;
  /** How loud they are: Σ |y|. */
  readonly loudness: number;
  /** Milliseconds for all of it. */
  readonly ms: number;
}
