/** What only Node can do: run folders and text on disk. */
export { readTextData, type TextData } from "./files.js";
export { createRun, openRun, resumeRun } from "./run-store.js";
