import { badRecord, receivedText } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { lineBlocks, type TextOptions } from "./lines.js";
import { reject, type SkipOptions } from "./skipped.js";

/** A value of a JSON Lines file. */
export interface JsonlRecord {
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
}

/**
 * The values of a JSON Lines file, one a line; empty lines are passed over.
 *
 * Errors: `E_RECORD` for a line that is no JSON; those of `readLines`.
 */
export async function* readJsonl(
  file: FileSource,
  { skipped, ...text }: TextOptions & SkipOptions = {},
): AsyncGenerator<JsonlRecord, void, undefined> {
  for await (const lines of lineBlocks(file, text)) {
    for (const { text, line } of lines) {
      if (text.trim() === "") continue;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        const reason = (error as Error).message;
        reject(badRecord(file.name, line, "a JSON value", `${receivedText(text)} (${reason})`), skipped);
        continue;
      }
      yield { value, line };
    }
  }
}
