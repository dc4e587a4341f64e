/** What comes in at the door of the player, for callers whose types nobody checked. */
import { invalidValue, unknownOption } from "../errors.js";

/** `value` in a few words, for an error. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the string "${value.length > 20 ? `${value.slice(0, 20)}…` : value}"`;
  if (typeof value !== "object")
    return `the ${typeof value} ${typeof value === "function" ? value.name : String(value)}`;
  const { name = "Object" } = (value.constructor ?? Object) as { name?: string };
  return Array.isArray(value) ? `an array of ${value.length}` : `an object (${name})`;
}

/** Bytes, of whichever window or worker they come. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";
}

/** Options of known names. Errors: `E_OPTION`, `E_VALUE` for what is no object. */
export function checkOptions(who: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw invalidValue(who, "options", `an object of ${known.join(", ")}`, described(options));
  }
  for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownOption(who, name, known);
}
