import { invalidValue, unknownOption } from "../errors.js";

/** Settings with `overrides` put in; a name that the defaults do not have is an error, an undefined value is none. */
export function complete<Settings extends object>(
  who: string,
  defaults: Settings,
  overrides: Partial<Settings>,
): Settings {
  const known = Object.keys(defaults);
  const out = { ...defaults };
  for (const [option, value] of Object.entries(overrides)) {
    if (!known.includes(option)) throw unknownOption(who, option, known);
    if (value !== undefined) out[option as keyof Settings] = value as Settings[keyof Settings];
  }
  return out;
}

/** Check that a setting is a finite number from `low` to below `high`. Errors: `E_VALUE`. */
export function checkRange(who: string, option: string, value: number, low = 0, high = Infinity): void {
  if (typeof value === "number" && value >= low && value < high) return;
  const range = high === Infinity ? `a finite number from ${low}` : `a number from ${low} to below ${high}`;
  throw invalidValue(who, option, range, value);
}
