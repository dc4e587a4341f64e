import type { Task } from "./task.js";

/** A task before it is loaded. */
export interface TaskEntry {
  /** What it does, in one line. */
  readonly summary: string;
  /** The task itself, with all that it needs. */
  load(): Promise<Task>;
}

/** Every task by name. A program that wants one imports that one; this table is for those that take any. */
export const TASKS: Readonly<Record<string, TaskEntry>> = {
  language: {
    summary: "train a model that writes text, character by character",
    load: async () => (await import("./language.js")).language,
  },
};
