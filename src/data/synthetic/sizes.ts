import { invalidValue } from "../../errors.js";

/** Every size a whole number from `least`. Errors: `E_VALUE`. */
export function requireWhole(who: string, sizes: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw invalidValue(who, name, `a whole number from ${least}`, value);
    }
  }
}

/** A span of sizes: whole numbers, 1 ≤ first ≤ second. Errors: `E_VALUE`. */
export function requireSpan(who: string, name: string, [first, last]: readonly [number, number]): void {
  requireWhole(who, { [`${name}[0]`]: first }, 1);
  requireWhole(who, { [`${name}[1]`]: last }, first);
}
