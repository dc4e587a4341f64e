import { readFileSync } from "node:fs";
import { defaultTextMissing } from "../errors.js";

/** How a run names the text that comes with the package. */
export const DEFAULT_SOURCE = "the sources and documents of hiddenstate";

/** The text that comes with the package: its own sources and documents, put into dist by the build. */
export function readDefaultText(): string {
  try {
    return readFileSync(new URL("./default-text.txt", import.meta.url), "utf8");
  } catch (error) {
    throw defaultTextMissing(error);
  }
}
