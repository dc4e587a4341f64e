import { unknownOption } from "../errors.js";

/**
 * Refuse options that there are not: a wish that nobody reads is a wrong figure.
 *
 * @throws E_OPTION for a key that is none of `known`
 */
export function refuseUnknown(who: string, options: object, known: readonly string[]): void {
  for (const option of Object.keys(options)) if (!known.includes(option)) throw unknownOption(who, option, known);
}
