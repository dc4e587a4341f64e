import { expect, it } from "vitest";
import { gru, lstm } from "../nn/index.js";
import { explain } from "./index.js";

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
