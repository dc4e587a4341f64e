/** Numbers as people read them. */

const MINUS = "\u2212";
const THIN_SPACE = "\u202f";

/**
 * A number in a few digits: four that mean something, thousands apart, powers of ten only where nothing else is short.
 *
 * @param digits after the point (default: as many as make four digits)
 */
export function figureText(value: number, digits?: number): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  if (digits === undefined && size !== 0 && (size < 1e-3 || size >= 1e9)) return powerText(value);
  const text = size.toFixed(
    digits ?? (Number.isInteger(value) ? 0 : size >= 1000 ? 1 : size >= 100 ? 2 : size >= 10 ? 3 : 4),
  );
  const [whole, fraction] = text.split(".");
  const apart = whole.length > 4 ? whole.replace(/\B(?=(?:\d{3})+$)/g, THIN_SPACE) : whole;
  return `${value < 0 && Number(text) !== 0 ? MINUS : ""}${apart}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** A share as a percentage. */
export function shareText(share: number, digits = 2): string {
  return Number.isFinite(share) ? `${figureText(share * 100, digits)}${THIN_SPACE}%` : figureText(share);
}

function powerText(value: number): string {
  const [mantissa, power] = value.toExponential(2).split("e");
  return `${mantissa.replace("-", MINUS)}·10${superscript(Number(power))}`;
}

/** Ten to a power, as it stands at an axis. */
export function superscript(power: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const text = Array.from(String(Math.abs(power)), (digit) => digits[Number(digit)]).join("");
  return power < 0 ? `⁻${text}` : text;
}

/** At most `most` characters, the last of them … if there were more. */
export function shortened(text: string, most: number): string {
  // A character is one or two units, so that this many units hold enough of them, however long the text is.
  const characters = Array.from(text.slice(0, 2 * most + 2));
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
