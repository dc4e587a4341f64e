/** A real encoder and decoder behind a search: what the tables of beam-search.test.ts cannot show. */
import { expect, test } from "vitest";
import { Seq2Seq, Seq2SeqStepper } from "../nn/index.js";
import { Rng } from "../runtime/random.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { type BeamOptions, beamSearch, type Hypothesis, type RowStepper } from "./index.js";

const SOURCES = [[3, 1, 4, 1, 5], [2, 7], [6, 5, 3], [8]];
const OPTIONS: BeamOptions = { start: 0, end: 1, maxLength: 9, beam: 4, best: 4, coveragePenalty: "gnmt", noRepeat: 2 };

function search(model: Seq2Seq, sources: readonly number[][], options: BeamOptions): Hypothesis[][] {
  const lengths = sources.map((source) => source.length);
  const steps = Math.max(...lengths);
  const tokens = Array.from({ length: steps }, (_, s) => sources.map((source) => source[s] ?? 0)).flat();
  return scope(() =>
    noGrad(() => {
      const source = Tensor.from(tokens, [steps, sources.length], { dtype: "i32" });
      const stepper: RowStepper = new Seq2SeqStepper(model, model.encode(source, lengths));
      return beamSearch(stepper, { ...options, sourceLengths: lengths });
    }),
  );
}

test.each(["bahdanau", "luong"] as const)("%s: sources together are sources alone, to the bit", (attention) => {
  const sizes = { sourceSize: 9, targetSize: 11, embeddingSize: 6, hiddenSize: 8 };
  const model = new Seq2Seq({ ...sizes, attention }, new Rng(5));
  // Weights as they begin say nearly the same of every source; larger ones do not.
  for (const parameter of model.parameters()) parameter.data().set(parameter.toArray().map((weight) => 3 * weight));
  const together = search(model, SOURCES, OPTIONS);
  expect(new Set(together.map(([{ tokens }]) => tokens.join())).size).toBeGreaterThan(1);
  for (const [i, source] of SOURCES.entries()) {
    const [alone] = search(model, [source], OPTIONS);
    const withoutPadding = together[i].map((hypothesis) => ({
      ...hypothesis,
      attention: hypothesis.attention!.map((weights) => weights.slice(0, source.length)),
    }));
    expect(withoutPadding).toEqual(alone);
    for (const weights of together[i][0].attention!) {
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect(weights.slice(source.length).every((weight) => weight === 0)).toBe(true);
    }
  }
});
