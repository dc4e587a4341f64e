import { badNumber, optionNeeds } from "../errors.js";

/** Which ways a recurrent layer reads. */
export interface ReadingDirection {
  readonly bidirectional: boolean;
  readonly reverse: boolean;
}

/**
 * Check that a layer can go step by step, from the start.
 *
 * Errors: `E_NUMBER` for both directions, `E_OPTION_NEEDS` for a reversed layer: they start at the end.
 */
export function expectOneDirection(who: string, { bidirectional, reverse }: ReadingDirection): void {
  if (bidirectional) throw badNumber(who, "directions", "1 (the reverse one starts at the end)", 2);
  if (reverse) throw optionNeeds(who, "reverse", "whole sequences, it starts at their end");
}
