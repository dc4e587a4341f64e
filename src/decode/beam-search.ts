import { invalidValue } from "../errors.js";
import { type BeamOptions, type BeamSettings, beamSettings } from "./beam-options.js";
import { CandidateList } from "./candidates.js";
import { logNormaliser } from "./log-normaliser.js";
import { coveragePenalty, lengthDivisor } from "./penalties.js";
import { repeatingTokens } from "./repeated-ngrams.js";
import type { RowStepper } from "./row-stepper.js";
import type { Logits } from "./sampler.js";

/** One answer of a search. */
export interface Hypothesis {
  /** What was written, prefix included, start and end not. */
  readonly tokens: readonly number[];
  /** Sum of the log-probabilities of the tokens and the end. */
  readonly logProbability: number;
  /** What hypotheses are ranked by: log-probability / length penalty + coverage penalty. */
  readonly score: number;
  /** Whether the model ended it; false where it was cut at `maxLength`, or nothing was left to write. */
  readonly ended: boolean;
  /** For each token, and the end, where the model looked, [S]; only if the stepper attends. */
  readonly attention?: readonly Float64Array[];
}

/** A hypothesis that goes on: a chain back to its beginning. */
interface Link {
  readonly before: Link | null;
  readonly token: number;
  readonly total: number;
  /** Tokens up to here. */
  readonly length: number;
  readonly looked: Float64Array | null;
  /** Row of the stepper that read what is before this token. */
  readonly row: number;
}

/**
 * Beam search, for all rows of a stepper at once: the best sequences that it finds for each.
 *
 * At every step the 2·beam best continuations of a sentence are looked at. Those among the first `beam` that are an end
 * are answers; the best `beam` that are none go on, so that ends take no place. At `maxLength` only the end is left. Answers
 * rank by log p / length penalty + coverage penalty, which do not steer the search itself.
 *
 * Equal scores rank by lower token, equal answers by their tokens, so that a search has one result. A sentence's result
 * does not depend on the others, if the stepper's scores do not.
 *
 * Source: Wu et al. 2016 (penalties), Paulus et al. 2017 (repetitions), fairseq (2·beam, ends).
 *
 * @param stepper N rows at the beginning of N sentences; they are spent
 * @returns for each sentence up to `best` hypotheses, the best first
 * @throws E_VALUE, E_OPTION, E_OPTION_NEEDS for senseless options; E_LOGITS for scores that are none
 * @example
 * const [[hypothesis]] = beamSearch(stepper, { start: bos, end: eos, maxLength: 50, beam: 5 });
 */
export function beamSearch(stepper: RowStepper, options: BeamOptions): Hypothesis[][] {
  const settings = beamSettings(options, stepper.rows, stepper.size);
  const searches = Array.from({ length: stepper.rows }, (_, i) => new Search(settings, i, stepper.size));
  for (let active: readonly Search[] = searches; active.length > 0;) {
    const tokens = active.flatMap((search) => search.live.map(({ token }) => token));
    const scores = stepper.step(Int32Array.from(tokens));
    if (scores.length !== tokens.length * stepper.size) {
      throw invalidValue("beamSearch", "scores", `${tokens.length} rows of ${stepper.size}`, scores.length);
    }
    const attention = stepper.attention ?? null;
    if (attention === null && settings.coveragePenalty !== "none") {
      throw invalidValue(
        "beamSearch",
        "coveragePenalty",
        '"none" for a model without attention',
        settings.coveragePenalty,
      );
    }
    let row = 0;
    for (const search of active) {
      const rows = search.live.length;
      search.advance(scores, attention, attention === null ? 0 : attention.length / tokens.length, row);
      row += rows;
    }
    active = active.filter((search) => !search.done);
    if (active.length > 0) {
      stepper.select(Int32Array.from(active.flatMap((search) => search.live.map((link) => link.row))));
    }
  }
  return searches.map((search) => search.answers());
}

/** The search for one sentence. */
class Search {
  live: Link[];
  done = false;
  readonly #settings: BeamSettings;
  readonly #maxLength: number;
  readonly #prefix: ArrayLike<number>;
  readonly #positions: number | null;
  readonly #size: number;
  readonly #found: Hypothesis[] = [];

  constructor(settings: BeamSettings, sentence: number, size: number) {
    this.#settings = settings;
    this.#maxLength = settings.maxLengths[sentence];
    this.#prefix = settings.prefixes?.[sentence] ?? [];
    this.#positions = settings.sourceLengths?.[sentence] ?? null;
    this.#size = size;
    this.live = [{ before: null, token: settings.start, total: 0, length: 0, looked: null, row: sentence }];
  }

  /** One token further: rows `first` and on of the scores [R, V] and the attention [R, S] are those of `live`. */
  advance(scores: Logits, attention: Logits | null, positions: number, first: number): void {
    const { beam, end, finish } = this.#settings;
    const candidates = new CandidateList(2 * beam);
    for (const parent of this.live.keys()) this.#offer(candidates, parent, scores, first + parent);
    const next: Link[] = [];
    for (const [rank, { parent, token, total }] of candidates.items.entries()) {
      const before = this.live[parent];
      const row = first + parent;
      const looked =
        attention === null ? null : Float64Array.from(attention.subarray(row * positions, (row + 1) * positions));
      const link = { before, token, total, length: before.length + 1, looked, row };
      if (token !== end) {
        if (next.length < beam) next.push(link);
      } else if (rank < beam) {
        this.#found.push(this.#hypothesis(link, true));
        if (rank === 0 && finish === "first") this.done = true;
      }
    }
    this.#close(next);
  }

  /** The best hypotheses, best first. */
  answers(): Hypothesis[] {
    return this.#found.sort(compare).slice(0, this.#settings.best);
  }

  #offer(candidates: CandidateList, parent: number, scores: Logits, row: number): void {
    const { end, minLength, noRepeat, banned } = this.#settings;
    const { total, length } = this.live[parent];
    const size = this.#size;
    const at = row * size;
    const normaliser = logNormaliser(scores, at, size);
    const offer = (token: number): void => candidates.offer(parent, token, total + (scores[at + token] - normaliser));
    if (length < this.#prefix.length) {
      offer(this.#prefix[length]);
      return;
    }
    if (length === this.#maxLength) {
      if (end !== null) offer(end);
      return;
    }
    const forbidden = new Set(banned);
    if (end !== null && length < minLength) forbidden.add(end);
    if (noRepeat > 0) for (const token of repeatingTokens(tokensOf(this.live[parent]), noRepeat)) forbidden.add(token);
    // Nearly all scores are too low, and one comparison says so; what is close is left to the list.
    let bar = -Infinity;
    for (let token = 0; token < size; token++) {
      if (scores[at + token] < bar || forbidden.has(token)) continue;
      offer(token);
      const { floor } = candidates;
      bar = floor - total + normaliser - 1e-9 * (1 + Math.abs(floor) + Math.abs(total) + Math.abs(normaliser));
    }
  }

  #close(next: Link[]): void {
    const { beam, end, finish } = this.#settings;
    const cut = end === null && next.length > 0 && next[0].length === this.#maxLength;
    if (cut) this.#found.push(...next.map((link) => this.#hypothesis(link, false)));
    if (cut || next.length === 0) this.done = true;
    if (finish === "full" && this.#found.length >= beam) this.done = true;
    if (finish === "bound" && !this.done && this.#bounded(next[0].total, next[0].length)) this.done = true;
    // Where every continuation was forbidden, what there is must do.
    if (next.length === 0 && this.#found.length === 0) {
      this.#found.push(...this.live.map((link) => this.#hypothesis(link, false)));
    }
    this.live = next;
  }

  /** Whether the worst answer to return is as good as the best live hypothesis would be if nothing more cost anything. */
  #bounded(total: number, length: number): boolean {
    const { best, lengthPenalty, alpha } = this.#settings;
    if (this.#found.length < best) return false;
    const longest = lengthDivisor(lengthPenalty, alpha, this.#maxLength + 1);
    const shortest = lengthDivisor(lengthPenalty, alpha, length + 1);
    return this.#found.sort(compare)[best - 1].score >= total / Math.max(longest, shortest);
  }

  #hypothesis(link: Link, ended: boolean): Hypothesis {
    const { lengthPenalty, alpha, coveragePenalty: coverage, beta } = this.#settings;
    const attention: Float64Array[] = [];
    for (let at: Link = link; at.before !== null; at = at.before) if (at.looked !== null) attention.push(at.looked);
    attention.reverse();
    let score = link.total / lengthDivisor(lengthPenalty, alpha, Math.max(1, link.length));
    if (coverage !== "none" && attention.length > 0) {
      const sums = attention[0].map((_, s) => attention.reduce((sum, weights) => sum + weights[s], 0));
      score += coveragePenalty(coverage, beta, sums, this.#positions ?? sums.length);
    }
    const tokens = tokensOf(ended ? link.before! : link);
    return { tokens, logProbability: link.total, score, ended, ...(attention.length > 0 ? { attention } : {}) };
  }
}

function tokensOf(link: Link): number[] {
  const tokens: number[] = [];
  for (let at = link; at.before !== null; at = at.before) tokens.push(at.token);
  return tokens.reverse();
}

/** Higher scores first; equal ones in the order of their tokens, the shorter before what goes on from it. */
function compare(a: Hypothesis, b: Hypothesis): number {
  if (a.score !== b.score) return b.score - a.score;
  const shared = Math.min(a.tokens.length, b.tokens.length);
  for (let t = 0; t < shared; t++) if (a.tokens[t] !== b.tokens[t]) return a.tokens[t] - b.tokens[t];
  return a.tokens.length - b.tokens.length;
}
