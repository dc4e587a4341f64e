import { expect, it } from "vitest";
import { gru, lstm } from "../nn/index.js";
import { explain, predictedBytes } from "./index.js";

it("explains the LSTM: one hoisted product, one stage, gates kept where their inputs lay", () => {
  const text = explain(lstm, { batch: 50, steps: 50, input: 65, hidden: 128 });
  expect(text).toContain("hoisted, once over all T·B rows — 1 stage");
  expect(text).toContain("x · weight_ihᵀ   [2500×65]·[65×512]");
  expect(text).toContain("each step — 1 stage");
  expect(text).toContain("state.h · weight_hhᵀ   [50×128]·[128×512]");
  expect(text).toContain("hoisted.weight_ih.i, hoisted.weight_ih.f, hoisted.weight_ih.g, hoisted.weight_ih.o");
  expect(text).toContain("2 matrix products, 2 column sums");
  // 2·B·4H·(I + H) forward.
  expect(text).toContain(`forward: ${((2 * 50 * 512 * (65 + 128)) / 1e6).toFixed(3)} Mflop`);
});

it("names the second stage that the GRU's reset needs on the way back", () => {
  expect(explain(gru)).toContain("each step backwards — 2 stages");
});

it("says what a training pass takes, whole and in segments", () => {
  const text = explain(lstm, { batch: 2, steps: 10_000, input: 8, hidden: 32, segment: 100 });
  const dims = { input: 8, hidden: 32 };
  const [whole, cut] = [undefined, 100].map((segment) => {
    const { peak } = predictedBytes(lstm, { batch: 2, steps: 10_000, dims, segment });
    return `${(peak / 2 ** 20).toFixed(2)} MiB`;
  });
  expect(text).toContain(`a training pass takes ${whole} at most, gradients included; in segments of 100 steps ${cut}`);
});
