import { expect, test } from "vitest";
import { Rng, runtime, startSync } from "../runtime/index.js";
import { noGrad, Tensor } from "../tensor/index.js";
import { LanguageNetwork } from "./language-network.js";
import { LanguageStepper } from "./language-stepper.js";

test("writes without WebAssembly too", () => {
  startSync({ wasm: false });
  expect(runtime().canLoad).toBe(false);
  const model = new LanguageNetwork({ vocabularySize: 9, hidden: 5, embed: 4 }, new Rng(2));
  const stepper = new LanguageStepper(model);
  const tokens = [1, 8, 0, 3];
  const whole = noGrad(() => model.forward(Tensor.from(tokens, [4, 1], { dtype: "i32" }))).logits.toArray();
  const steps = tokens.flatMap((token) => Array.from(stepper.step(token)));
  expect(steps).toEqual(whole);
  const saved = stepper.save();
  const next = Array.from(stepper.step(2));
  stepper.step(5);
  stepper.restore(saved);
  expect(Array.from(stepper.step(2))).toEqual(next);
  stepper.dispose();
});
