import { invalidValue, optionNeeds, unknownOption, unknownValue } from "../errors.js";
import { type CoveragePenalty, DEFAULT_ALPHA, type LengthPenalty } from "./penalties.js";

/** When a search for one sentence is over. */
export type FinishRule = "full" | "first" | "bound";

/** How to search. */
export interface BeamOptions {
  /** Token that every row reads first. */
  readonly start: number;
  /** Token that ends a hypothesis (default: none, all become `maxLength` long). */
  readonly end?: number;
  /** Most tokens of a hypothesis, its end not counted: for all, or for each sentence. */
  readonly maxLength: number | ArrayLike<number>;
  /** Fewest tokens of a hypothesis, its end not counted (default 0). */
  readonly minLength?: number;
  /** Hypotheses that are followed at the same time (default 5); 1 is greedy. */
  readonly beam?: number;
  /** Hypotheses to return for each sentence, at most `beam` (default 1). */
  readonly best?: number;
  /** How lengths are made comparable (default "average"). */
  readonly lengthPenalty?: LengthPenalty;
  /** Strength of the length penalty (default 1 for "average", 0.6 for "gnmt"). */
  readonly alpha?: number;
  /** What is added for how the source was looked at; needs a stepper with attention (default "none"). */
  readonly coveragePenalty?: CoveragePenalty;
  /** Strength of the coverage penalty (default 0.2). */
  readonly beta?: number;
  /** Positions of each source that are not padding, which a coverage penalty asks for (default: all). */
  readonly sourceLengths?: ArrayLike<number>;
  /** No run of this many tokens comes twice in a hypothesis (default 0: anything may). */
  readonly noRepeat?: number;
  /** Tokens that are never written, e.g. padding (default none). */
  readonly banned?: readonly number[];
  /** What the hypotheses of each sentence begin with (default nothing); written whatever its scores, bans and repetitions. */
  readonly prefixes?: readonly ArrayLike<number>[];
  /**
   * - `"full"` (default): as soon as `beam` hypotheses have ended. fairseq's.
   * - `"first"`: as soon as the best continuation of all is an end. OpenNMT's.
   * - `"bound"`: as soon as no hypothesis that goes on can still come among the `best`, however it goes on. The longest.
   */
  readonly finish?: FinishRule;
}

/** Options with every default filled in, and those by sentence as lists. */
export interface BeamSettings {
  readonly start: number;
  readonly end: number | null;
  readonly maxLengths: ArrayLike<number>;
  readonly minLength: number;
  readonly beam: number;
  readonly best: number;
  readonly lengthPenalty: LengthPenalty;
  readonly alpha: number;
  readonly coveragePenalty: CoveragePenalty;
  readonly beta: number;
  readonly sourceLengths: ArrayLike<number> | null;
  readonly noRepeat: number;
  readonly banned: readonly number[];
  readonly prefixes: readonly ArrayLike<number>[] | null;
  readonly finish: FinishRule;
}

const WHO = "beamSearch";
const KNOWN = (
  "start end maxLength minLength beam best lengthPenalty alpha coveragePenalty beta sourceLengths noRepeat banned " +
  "prefixes finish"
).split(" ");

/** Check options at the door, for `sentences` rows and `size` choices. */
export function beamSettings(options: BeamOptions, sentences: number, size: number): BeamSettings {
  for (const option of Object.keys(options)) {
    if (!KNOWN.includes(option)) throw unknownOption(WHO, option, KNOWN);
  }
  const { lengthPenalty = "average", coveragePenalty = "none", finish = "full", beam = 5, best = 1 } = options;
  oneOf("lengthPenalty", lengthPenalty, ["average", "gnmt", "none"]);
  oneOf("coveragePenalty", coveragePenalty, ["gnmt", "summary", "none"]);
  oneOf("finish", finish, ["full", "first", "bound"]);
  const { alpha = DEFAULT_ALPHA[lengthPenalty], beta = 0.2, minLength = 0, noRepeat = 0 } = options;
  const { start, end = null, banned = [], prefixes = null, sourceLengths = null } = options;
  idle("alpha", lengthPenalty === "none", 'a lengthPenalty other than "none"', options);
  idle("beta", coveragePenalty === "none", 'a coveragePenalty other than "none"', options);
  idle("minLength", end === null, "an end token", options);
  idle("finish", end === null, "an end token", options);
  token("start", start, size);
  if (end !== null) token("end", end, size);
  for (const id of banned) token("banned", id, size);
  count("beam", beam, 1);
  count("best", best, 1);
  if (best > beam) throw invalidValue(WHO, "best", `at most beam, ${beam}`, best);
  count("minLength", minLength, 0);
  count("noRepeat", noRepeat, 0);
  for (const [name, value] of Object.entries({ alpha, beta })) {
    if (!(value >= 0 && value < Infinity)) throw invalidValue(WHO, name, "a number from 0", value);
  }
  const maxLengths =
    typeof options.maxLength === "number"
      ? Array.from({ length: sentences }, () => options.maxLength as number)
      : options.maxLength;
  for (const [name, list] of Object.entries({ maxLength: maxLengths, prefixes, sourceLengths })) {
    if (list !== null && list.length !== sentences) {
      throw invalidValue(WHO, name, `a list of ${sentences}, one for each sentence`, `${list.length}`);
    }
  }
  for (let i = 0; i < sentences; i++) {
    count("maxLength", maxLengths[i], Math.max(1, minLength));
    const prefix = prefixes?.[i] ?? [];
    if (prefix.length > maxLengths[i]) {
      throw invalidValue(WHO, `prefix ${i}`, `at most maxLength, ${maxLengths[i]} tokens`, prefix.length);
    }
    for (let t = 0; t < prefix.length; t++) {
      token(`prefix ${i}`, prefix[t], size);
      if (prefix[t] === end) throw invalidValue(WHO, `prefix ${i}`, "without the end", `token ${end} at place ${t}`);
    }
  }
  const penalties = { lengthPenalty, alpha, coveragePenalty, beta, sourceLengths };
  return { start, end, maxLengths, minLength, beam, best, noRepeat, banned, prefixes, finish, ...penalties };
}

/** An option that does nothing beside the others is a mistake, not a wish. */
function idle(option: keyof BeamOptions, useless: boolean, needs: string, options: BeamOptions): void {
  if (useless && options[option] !== undefined) throw optionNeeds(WHO, option, needs);
}

function oneOf(option: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw unknownValue(WHO, option, value, known);
}

function token(option: string, value: number, size: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value < size)) {
    throw invalidValue(WHO, option, `a token from 0 to ${size - 1}`, value);
  }
}

function count(option: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw invalidValue(WHO, option, `an integer from ${least}`, value);
  }
}
