/** The operation of the tape under a CRF: ln Z and the score of gold tags, per sequence. */
import { badGoldTag, illegalGold } from "../../errors.js";
import { record, Tensor } from "../../tensor/index.js";
import { forbidden, type TagConstraints } from "./constraints.js";
import { type Chain, emissionsOf } from "./chain.js";
import { type Forward, walkBack, walkForward } from "./forward-backward.js";

/** The four tensors a chain scores with. */
export interface ChainTensors {
  /** [T, B, L] */
  readonly emissions: Tensor;
  /** [L] */
  readonly start: Tensor;
  /** [L] */
  readonly end: Tensor;
  /** [L, L], [from, to] */
  readonly transitions: Tensor;
}

/** What is to be summed up, of which steps. */
export interface EnergyTerms {
  readonly chain: Chain;
  /** The steps of each sequence. */
  readonly steps: readonly Int32Array[];
  /** Add ln Z. */
  readonly partition: boolean;
  /** Subtract the score of these tags, those of each sequence one after the other; null: do not. */
  readonly gold: readonly Int32Array[] | null;
}

/**
 * out[b] = [partition] ln Z_b − [gold] score_b, → [B]; 0 for a sequence without steps.
 *
 * Its gradient for the emissions is marginals − one-hot of the gold tags, for the transitions expected − gold counts;
 * computed when asked for, from what the walk forward left. Sums over steps and sequences accumulate in float64.
 */
export function chainEnergy(tensors: ChainTensors, { chain, steps, partition, gold }: EnergyTerms): Tensor {
  const { emissions, start, end, transitions } = tensors;
  const L = chain.tags;
  const B = steps.length;
  const out = emissions.emptyLike([B]);
  const scores = emissions.data();
  const energies = out.data();
  const walks: (Forward | null)[] = [];
  for (let b = 0; b < B; b++) {
    const e = emissionsOf(scores, steps[b], b, B, L);
    const walk = partition && e.length > 0 ? walkForward(chain, e) : null;
    walks.push(walk);
    energies[b] = (walk?.logPartition ?? 0) - (gold === null ? 0 : pathScore(chain, e, gold[b]));
  }
  const backward = ([dOut]: (Tensor | null)[]): Tensor[] => {
    const dEmissions = Tensor.zeros(emissions.shape, emissions.dtype);
    const sums = {
      start: new Float64Array(L),
      end: new Float64Array(L),
      transitions: new Float64Array(L * L),
    };
    const weights = dOut!.toArray();
    for (let b = 0; b < B; b++) {
      const n = steps[b].length;
      const weight = weights[b];
      if (n === 0 || weight === 0) continue;
      const walk = walks[b];
      const difference =
        walk === null
          ? new Float64Array(n * L)
          : walkBack(chain, emissionsOf(emissions.data(), steps[b], b, B, L), walk, sums.transitions, weight);
      const own = gold?.[b];
      for (let i = 0; own !== undefined && i < n; i++) {
        difference[i * L + own[i]] -= 1;
        if (i > 0) sums.transitions[own[i - 1] * L + own[i]] -= weight;
      }
      const to = dEmissions.data();
      for (let i = 0; i < n; i++) {
        const row = (steps[b][i] * B + b) * L;
        for (let j = 0; j < L; j++) to[row + j] = weight * difference[i * L + j];
      }
      for (let j = 0; j < L; j++) {
        sums.start[j] += weight * difference[j];
        sums.end[j] += weight * difference[(n - 1) * L + j];
      }
    }
    return [
      dEmissions,
      start.emptyLike().set(sums.start),
      end.emptyLike().set(sums.end),
      transitions.emptyLike().set(sums.transitions),
    ];
  };
  record([out], [emissions, start, end, transitions], backward, "CRF");
  return out;
}

function pathScore({ tags: L, start, end, transitions }: Chain, e: Float64Array, path: Int32Array): number {
  const n = path.length;
  if (n === 0) return 0;
  let score = start[path[0]] + end[path[n - 1]];
  for (let i = 0; i < n; i++) {
    score += e[i * L + path[i]];
    if (i > 0) score += transitions[path[i - 1] * L + path[i]];
  }
  return score;
}

/**
 * The gold tags [T, B] of each sequence, at its steps.
 *
 * Errors: `E_INDEX` for what is no tag, `E_TAG_SEQUENCE` for what the constraints forbid, both naming sequence and step.
 */
export function goldOf(
  who: string,
  tags: Tensor,
  steps: readonly Int32Array[],
  L: number,
  constraints: TagConstraints | null,
): Int32Array[] {
  const B = steps.length;
  const numbers = tags.data();
  return steps.map((own, b) => {
    const path = own.map((t) => numbers[t * B + b]);
    path.forEach((tag, i) => {
      if (!(tag >= 0 && tag < L)) throw badGoldTag(who, b, own[i], tag, L);
    });
    const problem = constraints === null ? null : forbidden(constraints, path);
    if (problem !== null) throw illegalGold(who, b, own[problem.at], problem.what);
    return path;
  });
}
