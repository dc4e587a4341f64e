/**
 * The quasi-recurrent network (QRNN): gates are convolutions over the last inputs, the recurrence is unit by unit.
 *
 *   z = tanh(Σ_k W_z,k·x_{t−k} + b_z)   f = σ(Σ_k W_f,k·x_{t−k} + b_f)   o = σ(Σ_k W_o,k·x_{t−k} + b_o),  k = 0 … K − 1
 *   c′ = f⊙c + (1 − f)⊙z      y = o⊙c′        (fo-pooling)
 *
 * Inputs before the first are zero; the last K − 1 are states, so a stream goes on where a window ended. Shapes: x [B, I],
 * c and y [B, H]; weight_ih_k [3H, I], bias [3H]; blocks in the order z, f, o. Source: Bradbury, Merity, Xiong & Socher 2017.
 */
import { bias, candidate, defineCell, delay, eachGate, inputWeight, linear, sigmoid, tanh } from "../../cell/index.js";
import { cellFamily } from "../cell-family.js";

type Taps = Record<`weight_ih_${number}`, ReturnType<typeof inputWeight<"z" | "f" | "o">>>;

/** The quasi-recurrent cell that sees the last `window` inputs; the same definition for the same window. Errors: `E_NUMBER`. */
export const quasiRnn = cellFamily("quasiRnn", "window", 1, (window) => {
  const [, ...earlier] = Array.from({ length: window }, (_, k) => k);
  return defineCell({
    name: `quasiRnn${window}`,
    reference: "https://arxiv.org/abs/1611.01576",
    summary:
      `z = tanh(Σ W_z,k·x_{t−k} + b_z), f and o = σ of the same with their own rows, k = 0 … ${window - 1}; ` +
      "c′ = f⊙c + (1 − f)⊙z; y = o⊙c′",
    gates: ["z", "f", "o"],
    forgetGate: "f",
    params: ({ input, hidden, gates }) => {
      const taps = [0, ...earlier].map((k) => [`weight_ih_${k}`, inputWeight(gates(hidden), input)]);
      return Object.assign({ bias: bias(gates(hidden)) }, Object.fromEntries(taps) as Taps);
    },
    state: { c: "hidden" },
    step: ({ x, p, c }) => {
      const a = earlier.reduce(
        (sum, k) => {
          const tap = linear(delay(x, k), p[`weight_ih_${k}`]);
          return eachGate(sum, (value, gate) => value.add(tap[gate]));
        },
        linear(x, p.weight_ih_0, p.bias),
      );
      const z = candidate(tanh(a.z));
      const next = z.add(sigmoid(a.f).mul(c.sub(z)));
      return { c: next, y: sigmoid(a.o).mul(next) };
    },
    output: ({ y }) => y,
  });
});
