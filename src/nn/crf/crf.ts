/**
 * A linear-chain conditional random field: the probability of a whole sequence of tags.
 *
 *   score(y) = start[y_0] + Σ_t e[t, y_t] + Σ_t transitions[y_{t−1}, y_t] + end[y_last]
 *   ln p(y) = score(y) − ln Z,  Z = Σ over all sequences y′ of e^score(y′)
 *
 * Sources: Lafferty, McCallum, Pereira, "Conditional random fields", 2001; Huang, Xu, Yu, "Bidirectional LSTM-CRF models for
 * sequence tagging", 2015. Names and initial values of the parameters are those of pytorch-crf.
 */
import {
  badNumber,
  noLegalTags,
  nothingToAverage,
  shapeMismatch,
  shapesDoNotFit,
  unknownOption,
  unknownValue,
  wrongDtype,
} from "../../errors.js";
import { exp, log, Rng } from "../../runtime/index.js";
import { neg, type Parameter, sameShape, scale, sum, Tensor } from "../../tensor/index.js";
import { drawn } from "../initialise.js";
import { Module } from "../module.js";
import { piecesOf, type StepSelection } from "../sequence-pieces.js";
import { type Chain, chainOf, emissionsOf } from "./chain.js";
import { checkConstraints, forbidden, type TagConstraints } from "./constraints.js";
import { chainEnergy, type EnergyTerms, goldOf } from "./energy.js";
import { walkBack, walkForward } from "./forward-backward.js";
import { bestPaths, leastRisk, type TagPath } from "./viterbi.js";

export interface CRFOptions {
  /** L: how many tags there are. */
  readonly tags: number;
  /** What is impossible, whatever the emissions say; default: nothing. */
  readonly constraints?: TagConstraints;
  readonly dtype?: "f32" | "f64";
}

/** Which steps of [T, B, L] there are; a skipped step is as if it were not there. */
export type TaggedSteps = Pick<StepSelection, "lengths" | "mask">;

/** How losses of sequences become the result: over sequences with steps, or over all their steps. */
export type CRFReduction = "none" | "sum" | "mean" | "token_mean";

/** The reductions in the order in which they are explained. */
const REDUCTIONS: readonly CRFReduction[] = ["none", "sum", "mean", "token_mean"];

/** What a decoder looks for: the most probable sequence, or the one with the most tags expected to be right. */
export type CRFDecoding = "viterbi" | "marginal";

/** One of the n best. */
export interface RankedPath extends TagPath {
  /** Of the whole sequence, among all sequences that are possible. */
  readonly probability: number;
}

/**
 * Parameters: `start_transitions` [L], `end_transitions` [L], `transitions` [from, to], all from U(−0.1, 0.1).
 *
 * Every method takes emissions [T, B, L] and `lengths` or a `mask`; what they leave out is not read. Constraints are
 * scores of −Infinity: a forbidden tag has probability 0, its gradient is 0, and nothing becomes NaN.
 * Errors: `E_NUMBER` for less than one tag, `E_OPTION`, `E_SHAPE` for constraints of another size.
 *
 * @example
 * const crf = new CRF({ tags: labels.length, constraints: spanConstraints(labels, "iob2") });
 * crf.loss(emissions, tags, { lengths }).backward();
 * const [best] = crf.decode(emissions, { lengths });   // { tags: [0, 1, 2], score: 7.3 }
 */
export class CRF extends Module {
  readonly tags: number;
  readonly constraints: TagConstraints | null;
  readonly start: Parameter;
  readonly end: Parameter;
  readonly transitions: Parameter;

  constructor(options: CRFOptions, rng: Rng = new Rng(0)) {
    super();
    const known = ["tags", "constraints", "dtype"];
    for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownOption("CRF", key, known);
    const { tags, constraints = null, dtype = "f32" } = options;
    if (!Number.isInteger(tags) || tags < 1) throw badNumber("CRF", "tags", "a whole number ≥ 1", tags);
    if (constraints !== null) checkConstraints("CRF", constraints, tags);
    this.tags = tags;
    this.constraints = constraints;
    const uniform = (name: string, shape: number[]): Parameter => {
      const stream = rng.split(name);
      return drawn(shape, () => 0.2 * stream.uniform() - 0.1, { dtype, name });
    };
    this.start = uniform("start_transitions", [tags]);
    this.end = uniform("end_transitions", [tags]);
    this.transitions = uniform("transitions", [tags, tags]);
  }

  override *namedParameters(prefix = ""): IterableIterator<[string, Parameter]> {
    yield [`${prefix}start_transitions`, this.start];
    yield [`${prefix}end_transitions`, this.end];
    yield [`${prefix}transitions`, this.transitions];
  }

  /**
   * −ln p of the gold tags: tags [T, B] int32 → [], or [B] for "none"; default "mean", over the sequences that have steps.
   *
   * Errors: `E_SHAPE`, `E_DTYPE`, `E_LENGTHS`, `E_MASK`; `E_INDEX` for what is no tag and `E_TAG_SEQUENCE` for tags that the
   * constraints forbid, naming sequence and step; `E_EMPTY` for a mean over no steps.
   */
  loss(
    emissions: Tensor,
    tags: Tensor,
    { reduction = "mean", ...selection }: TaggedSteps & { readonly reduction?: CRFReduction } = {},
  ): Tensor {
    if (!REDUCTIONS.includes(reduction)) throw unknownValue("CRF.loss", "reduction", reduction, REDUCTIONS);
    const { steps, losses } = this.#gold("CRF.loss", emissions, tags, selection, true);
    if (reduction === "none") return losses;
    if (reduction === "sum") return sum(losses);
    const counted = steps.reduce((n, { length }) => n + (reduction === "mean" ? Math.min(length, 1) : length), 0);
    if (counted === 0) throw nothingToAverage("CRF.loss", "no sequence has a step");
    return scale(sum(losses), 1 / counted);
  }

  /** ln p of the gold tags, −`loss`: what pytorch-crf calls its forward. Errors: as `loss`. */
  logLikelihood(
    emissions: Tensor,
    tags: Tensor,
    options: TaggedSteps & { readonly reduction?: CRFReduction } = {},
  ): Tensor {
    return neg(this.loss(emissions, tags, options));
  }

  /** Whether the constraints let a sequence of tags stand. */
  allows(tags: ArrayLike<number>): boolean {
    return this.constraints === null || forbidden(this.constraints, tags) === null;
  }

  /** The score of sequences of tags, differentiable: tags [T, B] → [B]; 0 without steps. Errors: as `loss`. */
  score(emissions: Tensor, tags: Tensor, selection: TaggedSteps = {}): Tensor {
    return neg(this.#gold("CRF.score", emissions, tags, selection, false).losses);
  }

  /** ln Z, differentiable: its gradient for the emissions are the marginals. → [B]; 0 without steps. Errors: as `decode`. */
  logPartition(emissions: Tensor, selection: TaggedSteps = {}): Tensor {
    const steps = this.#steps("CRF.logPartition", emissions, selection);
    return this.#energy(emissions, { chain: this.#chain(), steps, partition: true, gold: null });
  }

  /**
   * p(tag at step t | everything), exact: → [T, B, L], zeros where there is no step; no gradient flows through it.
   * Errors: as `decode`.
   */
  marginals(emissions: Tensor, selection: TaggedSteps = {}): Tensor {
    const out = Tensor.zeros(emissions.shape, emissions.dtype);
    const [B, L] = [emissions.shape[1], this.tags];
    const numbers = out.data();
    this.#each("CRF.marginals", emissions, selection, (chain, e, steps, b) => {
      const found = this.#marginals("CRF.marginals", chain, e, b).marginals;
      steps.forEach((t, i) => numbers.set(found.subarray(i * L, (i + 1) * L), (t * B + b) * L));
    });
    return out;
  }

  /** −Σ p ln p over the tags of a step, in nats: → [T, B]; 0 where there is no step. Errors: as `decode`. */
  entropy(emissions: Tensor, selection: TaggedSteps = {}): Tensor {
    const [T, B] = emissions.shape;
    const out = Tensor.zeros([T, B], emissions.dtype);
    const numbers = out.data();
    this.#each("CRF.entropy", emissions, selection, (chain, e, steps, b) => {
      const found = this.#marginals("CRF.entropy", chain, e, b).marginals;
      steps.forEach((t, i) => {
        let nats = 0;
        for (const p of found.subarray(i * this.tags, (i + 1) * this.tags)) if (p > 0) nats -= p * log(p);
        numbers[t * B + b] = nats;
      });
    });
    return out;
  }

  /**
   * The best tags of each sequence: by default the most probable sequence (Viterbi), with its score; for "marginal" the
   * allowed sequence with the most tags expected to be right (minimum risk), with that number as its score.
   *
   * Among equals the lower tag wins, looking from the end. No tags for a sequence without steps.
   * Errors: `E_SHAPE`, `E_DTYPE`, `E_LENGTHS`, `E_MASK`; `E_TAG_SEQUENCE` where constraints leave nothing.
   */
  decode(
    emissions: Tensor,
    { method = "viterbi", ...selection }: TaggedSteps & { readonly method?: CRFDecoding } = {},
  ): TagPath[] {
    const who = "CRF.decode";
    if (method !== "viterbi" && method !== "marginal") {
      throw unknownValue(who, "method", method, ["viterbi", "marginal"]);
    }
    return this.#each(who, emissions, selection, (chain, e, steps, b) => {
      if (steps.length === 0) return { tags: [], score: 0 };
      const best =
        method === "viterbi"
          ? bestPaths(chain, e, 1)[0]
          : leastRisk(chain, this.#marginals(who, chain, e, b).marginals);
      if (best === undefined) throw noLegalTags(who, b, steps.length);
      return best;
    });
  }

  /**
   * The n most probable sequences of tags of each sequence, the best first; fewer where fewer are possible.
   * Errors: as `decode`; `E_NUMBER` for n below 1.
   */
  nBest(emissions: Tensor, n: number, selection: TaggedSteps = {}): RankedPath[][] {
    if (!Number.isInteger(n) || n < 1) throw badNumber("CRF.nBest", "n", "a whole number ≥ 1", n);
    return this.#each("CRF.nBest", emissions, selection, (chain, e, steps, b) => {
      if (steps.length === 0) return [{ tags: [], score: 0, probability: 1 }];
      const { logPartition } = this.#marginals("CRF.nBest", chain, e, b);
      return bestPaths(chain, e, n).map((path) => ({ ...path, probability: exp(path.score - logPartition) }));
    });
  }

  #gold(who: string, emissions: Tensor, tags: Tensor, selection: TaggedSteps, partition: boolean) {
    const steps = this.#steps(who, emissions, selection);
    if (tags.dtype !== "i32") throw wrongDtype(who, "i32 tags", tags.dtype);
    if (!sameShape(tags.shape, emissions.shape.slice(0, 2))) {
      throw shapesDoNotFit(who, emissions.shape, tags.shape, "emissions [T, B, L] need tags [T, B]");
    }
    const gold = goldOf(who, tags, steps, this.tags, this.constraints);
    return { steps, losses: this.#energy(emissions, { chain: this.#chain(), steps, partition, gold }) };
  }

  #energy(emissions: Tensor, terms: EnergyTerms): Tensor {
    const { start, end, transitions } = this;
    return chainEnergy({ emissions, start, end, transitions }, terms);
  }

  #marginals(who: string, chain: Chain, e: Float64Array, b: number) {
    if (e.length === 0) return { marginals: e, logPartition: 0 };
    const walk = walkForward(chain, e);
    if (!(walk.logPartition > -Infinity)) throw noLegalTags(who, b, e.length / this.tags);
    return { marginals: walkBack(chain, e, walk), logPartition: walk.logPartition };
  }

  #each<R>(
    who: string,
    emissions: Tensor,
    selection: TaggedSteps,
    use: (chain: Chain, e: Float64Array, steps: Int32Array, b: number) => R,
  ): R[] {
    const chain = this.#chain();
    const all = this.#steps(who, emissions, selection);
    const numbers = emissions.data();
    return all.map((steps, b) => use(chain, emissionsOf(numbers, steps, b, all.length, this.tags), steps, b));
  }

  #steps(who: string, emissions: Tensor, { lengths, mask }: TaggedSteps): Int32Array[] {
    if (emissions.rank !== 3 || emissions.shape[2] !== this.tags) {
      const advice = "Emissions are time-major; if yours are batch-first, transpose(0, 1) them.";
      throw shapeMismatch(who, ["T", "B", this.tags], emissions.shape, advice);
    }
    const { dtype } = this.transitions;
    if (emissions.dtype !== dtype) throw wrongDtype(who, `emissions of this layer's dtype, ${dtype}`, emissions.dtype);
    const [T, B] = emissions.shape;
    return piecesOf(who, T, B, { lengths, mask }).pieces.map(({ steps }) => steps);
  }

  /** The parameters in float64, −Infinity where the constraints say no. */
  #chain(): Chain {
    const { tags: L, constraints } = this;
    const [start, end, transitions] = [this.start, this.end, this.transitions].map((p) => Float64Array.from(p.data()));
    if (constraints !== null) {
      for (let i = 0; i < L; i++) {
        if (!constraints.start[i]) start[i] = -Infinity;
        if (!constraints.end[i]) end[i] = -Infinity;
        for (let j = 0; j < L; j++) if (!constraints.transitions[i][j]) transitions[i * L + j] = -Infinity;
      }
    }
    return chainOf(start, end, transitions);
  }
}
