/**
 * The Mogrifier LSTM: x and h scale each other, alternately, before an LSTM sees them.
 *
 *   for k = 1 … r:  x ← 2σ(Q_k·h)⊙x if k is odd,  h ← 2σ(R_k·x)⊙h if k is even;  then `lstm` on both
 *
 * The input product cannot be hoisted, since x depends on h. Shapes: x [B, I], h and c [B, H]; Q_k [I, H] and R_k [H, I]
 * are called weight_q1, weight_r2, weight_q3 …; the others as in `lstm`. Source: Melis, Kočiský & Blunsom 2020.
 */
import {
  bias,
  candidate,
  defineCell,
  inputWeight,
  linear,
  recurrentWeight,
  sigmoid,
  tanh,
  type Expression,
} from "../../cell/index.js";
import { cellFamily } from "../cell-family.js";

type Scales = Record<`weight_q${number}` | `weight_r${number}`, ReturnType<typeof recurrentWeight<never>>>;

const twice = (a: Expression): Expression => sigmoid(a).mul(2);

/**
 * The Mogrifier LSTM with `rounds` scalings, 0 of which make it an LSTM; the same definition for the same rounds.
 * Errors: `E_NUMBER`.
 */
export const mogrifierLstm = cellFamily("mogrifierLstm", "rounds", 0, (rounds) => {
  const numbers = Array.from({ length: rounds }, (_, k) => k + 1);
  return defineCell({
    name: `mogrifierLstm${rounds}`,
    reference: "https://arxiv.org/abs/1909.01792",
    summary:
      `k = 1 … ${rounds}: x ← 2σ(Q_k·h)⊙x (k odd), h ← 2σ(R_k·x)⊙h (k even); ` +
      "i, f, o = σ(W_ih·x + b_ih + W_hh·h + b_hh); g = tanh(the same, its own rows); c′ = f⊙c + i⊙g; h′ = o⊙tanh(c′)",
    gates: ["i", "f", "g", "o"],
    forgetGate: "f",
    inputGate: "i",
    params: ({ input, hidden, gates }) => {
      const scales = numbers.map((k) =>
        k % 2 === 1 ? [`weight_q${k}`, recurrentWeight(input, hidden)] : [`weight_r${k}`, inputWeight(hidden, input)],
      );
      const own = {
        weight_ih: inputWeight(gates(hidden), input),
        weight_hh: recurrentWeight(gates(hidden), hidden),
        bias_ih: bias(gates(hidden)),
        bias_hh: bias(gates(hidden)),
      };
      return Object.assign(own, Object.fromEntries(scales) as Scales);
    },
    state: { h: "hidden", c: "hidden" },
    step: ({ x, p, h, c }) => {
      const scaled = numbers.reduce(
        ({ seen, old }, k) =>
          k % 2 === 1
            ? { seen: twice(linear(old, p[`weight_q${k}`])).mul(seen), old }
            : { seen, old: twice(linear(seen, p[`weight_r${k}`])).mul(old) },
        { seen: x, old: h },
      );
      const a = linear(scaled.seen, p.weight_ih, p.bias_ih);
      const u = linear(scaled.old, p.weight_hh, p.bias_hh);
      const i = sigmoid(a.i.add(u.i));
      const f = sigmoid(a.f.add(u.f));
      const g = candidate(tanh(a.g.add(u.g)));
      const o = sigmoid(a.o.add(u.o));
      const next = f.mul(c).add(i.mul(g));
      return { h: o.mul(tanh(next)), c: next };
    },
    output: ({ h }) => h,
  });
});
