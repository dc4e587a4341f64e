/** Every recurrent cell against PyTorch: outputs, final states and all gradients, emitted and interpreted. */
import { describe, expect, test } from "vitest";
import { runtime } from "../../src/runtime/index.js";
import { type Case, expectGolden, load, TOLERANCE } from "./golden.js";
import { type Precision, type RecurrentOptions, runRecurrent } from "./networks.js";

/** State–weight products from which on the interpreter is spared: it has a hundred smaller cases of the same kinds. */
const INTERPRETER_LIMIT = 2e7;

const products = (c: Case<RecurrentOptions>): number => {
  return c.T * c.B * c.layers * (c.bidirectional ? 2 : 1) * c.H * c.tensors["d_weight_hh_l0"].shape[0];
};

describe.each(["lstm", "gru", "rnn_tanh", "rnn_relu", "gru_reset_before", "jordan"])("%s", (cell) => {
  const cases = load<RecurrentOptions>(cell);
  describe.each<Precision>(["f32", "f64"])("%s", (dtype) => {
    const kept = dtype === "f32" ? cases : cases.filter((c) => products(c) <= INTERPRETER_LIMIT);
    test.each(kept)("$name: layers $layers, T $T, B $B, I $I, H $H", (c) => {
      expectGolden(runRecurrent(c, dtype), c.tensors, TOLERANCE[dtype]);
    });
  });
});

test("float32 ran emitted code, float64 the interpreter", () => {
  const [c] = load<RecurrentOptions>("lstm");
  const calls = (dtype: Precision): number => {
    const before = runtime().counters.programCalls;
    runRecurrent(c, dtype);
    return runtime().counters.programCalls - before;
  };
  expect(calls("f32")).toBeGreaterThan(0);
  expect(calls("f64")).toBe(0);
});
