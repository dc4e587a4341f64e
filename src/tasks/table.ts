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
  classify: {
    summary: "train a model that says which label a text or a series of numbers has",
    load: async () => (await import("./classify.js")).classify,
  },
  language: {
    summary: "train a model that writes text, by characters, words or pieces of words",
    load: async () => (await import("./language.js")).language,
  },
  tag: {
    summary: "train a model that labels the words of sentences",
    load: async () => (await import("./tag.js")).tag,
  },
  translate: {
    summary: "train a model that reads a text and writes another",
    load: async () => (await import("./translate.js")).translate,
  },
};
