import type { CellDefinition } from "../cell/index.js";
import { badNumber } from "../errors.js";

/**
 * Cells that are made for a whole number, layers or rounds: one definition for each, made when first asked for, since
 * plans and compiled programs belong to a definition.
 *
 * @param name of the function, for its errors
 * @param what the number is
 * @param least smallest number
 *
 * The function throws `E_NUMBER` for anything but a whole number ≥ `least`.
 */
export function cellFamily(
  name: string,
  what: string,
  least: number,
  define: (count: number) => CellDefinition,
): (count: number) => CellDefinition {
  const made = new Map<number, CellDefinition>();
  return (count) => {
    if (!Number.isInteger(count) || count < least) throw badNumber(name, what, `a whole number ≥ ${least}`, count);
    const known = made.get(count);
    if (known !== undefined) return known;
    const cell = define(count);
    made.set(count, cell);
    return cell;
  };
}
