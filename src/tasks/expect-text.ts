/** A program's texts are texts: anything else is told, not iterated over. */
import { wrongInput } from "../errors.js";

/** Errors: `E_EXAMPLE`. */
export function expectText(who: string, what: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw wrongInput(who, what, "a text", value);
}
