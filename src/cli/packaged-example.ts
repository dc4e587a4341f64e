/** Data that comes with the package as files, for tasks that have more to show than they can make themselves. */
import { memoryFile, type FileSource } from "../data/index.js";
import { DEFAULT_SOURCE, readDefaultText } from "./default-text.js";

/** A packaged example. */
export interface PackagedExample {
  /** How a run names it. */
  readonly source: string;
  /** What suits it, so that it shows the task working in less than a minute. */
  readonly options: object;
  files(): readonly FileSource[];
}

const EXAMPLES: Readonly<Record<string, PackagedExample>> = {
  language: {
    source: DEFAULT_SOURCE,
    // A layer less than usual, at a rate that so short a training bears: under a minute on two slow cores.
    options: { layers: 1, lr: 5e-3, steps: 900 },
    files: () => [memoryFile(DEFAULT_SOURCE, readDefaultText())],
  },
};

/** That of a task; undefined if the task makes its own. */
export function packagedExample(task: string): PackagedExample | undefined {
  return EXAMPLES[task];
}
