import { expect, test } from "vitest";
import { generate, Sampler } from "../decode/index.js";
import { CELLS, type RecurrentState } from "../nn/index.js";
import { Rng, runtime } from "../runtime/index.js";
import { noGrad, Tensor } from "../tensor/index.js";
import { LanguageNetwork } from "./language-network.js";
import { LanguageStepper } from "./language-stepper.js";

const TOKENS = [3, 0, 16, 7, 7, 2, 11];
const make = (cell: string): LanguageNetwork =>
  new LanguageNetwork({ vocabularySize: 17, cell, hidden: 13, embed: 6, dropout: 0.3 }, new Rng(5));

test.each(Object.keys(CELLS))("a %s gives the scores of its own forward pass, bit for bit, without packing", (cell) => {
  const model = make(cell);
  const stepper = new LanguageStepper(model);
  expect(stepper.size).toBe(17);
  let state: RecurrentState | undefined;
  for (const token of TOKENS) {
    const { logits, state: next } = noGrad(() =>
      model.forward(Tensor.from([token], [1, 1], { dtype: "i32" }), { state }),
    );
    state = next;
    const { packs } = runtime().counters;
    expect(stepper.step(token)).toEqual(logits.data());
    expect(runtime().counters.packs).toBe(packs);
  }
  stepper.dispose();
});

test("goes back to a saved state, of another stepper too", () => {
  const model = make("lstm");
  const [stepper, other] = [new LanguageStepper(model), new LanguageStepper(model)];
  for (const token of TOKENS) stepper.step(token);
  const saved = stepper.save();
  const write = (who: LanguageStepper): number[] => {
    who.restore(saved);
    return [...generate(who, new Sampler({}), { prompt: [4], length: 20, rng: new Rng(1) })];
  };
  const text = write(stepper);
  expect(new Set(text).size).toBeGreaterThan(3);
  expect(write(stepper)).toEqual(text);
  expect(write(other)).toEqual(text);
});

test("keeps the weights with which it was made", () => {
  const model = make("gru");
  const [early, still] = [new LanguageStepper(model), new LanguageStepper(model)];
  const before = Array.from(early.step(1));
  model.output.weight.data().fill(0);
  expect(Array.from(still.step(1))).toEqual(before);
  expect(Array.from(new LanguageStepper(model).step(1))).not.toEqual(before);
});
