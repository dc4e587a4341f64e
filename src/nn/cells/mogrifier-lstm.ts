/**
 * The Mogrifier LSTM: x and h scale each other, alternately, before an LSTM sees them.
 *
 *   for k = 1 … r:  x ← 2σ(Q_k·h)⊙x if k is odd,  h ← 2σ(R_k·x)⊙h if k is even;  then `lstm` on both
 *
 * The input product cannot be hoisted, since x depends on h. Shapes: x [B, I], h and c [B, H]; Q_k [I, H] and R_k [H, I]
 * are called weight_q1, weight_r2, weight_q3 …; the others as in `lstm`. With a rank k each is a product of two, so
 * that many rounds cost few parameters: Q_k = weight_q1_up [I, k] · weight_q1_down [k, H], R_k = weight_r2_up [H, k] ·
 * weight_r2_down [k, I]. Source: Melis, Kočiský & Blunsom 2020 (section 2 has the low rank).
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
import { cellFamily, expectRead, type NumberFamily } from "../cell-family.js";

export interface MogrifierOptions {
  /** k: rank of Q and R, a whole number ≥ 1; default: full. A layer may say another one, `widths: { rank: 8 }`. */
  readonly rank?: number;
}

type Scales = Record<`weight_${"q" | "r"}${number}${"" | "_up" | "_down"}`, ReturnType<typeof recurrentWeight<never>>>;

const twice = (a: Expression): Expression => sigmoid(a).mul(2);

/**
 * The Mogrifier LSTM with `rounds` scalings, 0 of which make it an LSTM; the same definition for the same rounds and rank.
 * Errors: `E_NUMBER` for another number of rounds, or a rank below 1; `E_OPTION` for a rank that no round has.
 *
 * @example
 * const net = new Recurrent(mogrifierLstm(5, { rank: 32 }), { inputSize: 512, hiddenSize: 512 });
 */
export const mogrifierLstm: NumberFamily<MogrifierOptions> = cellFamily<MogrifierOptions>(
  "mogrifierLstm",
  "rounds",
  0,
  (rounds, { rank }, name) => {
    expectRead(rank === undefined || rounds > 0, "mogrifierLstm", "rank", "0 rounds", "there is no Q or R");
    const numbers = Array.from({ length: rounds }, (_, k) => k + 1);
    const low = rank === undefined ? "" : `, Q_k and R_k of rank ${rank}`;
    return defineCell({
      name,
      dims: (rank === undefined ? {} : { rank }) as { rank: number },
      reference: "https://arxiv.org/abs/1909.01792",
      summary:
        `k = 1 … ${rounds}: x ← 2σ(Q_k·h)⊙x (k odd), h ← 2σ(R_k·x)⊙h (k even)${low}; ` +
        "i, f, o = σ(W_ih·x + b_ih + W_hh·h + b_hh); g = tanh(the same, its own rows); c′ = f⊙c + i⊙g; h′ = o⊙tanh(c′)",
      gates: ["i", "f", "g", "o"],
      forgetGate: "f",
      inputGate: "i",
      params: ({ input, hidden, rank: k, gates }) => {
        const scales = numbers.flatMap((n) => {
          const [name, weight, to, from] =
            n % 2 === 1
              ? ([`weight_q${n}`, recurrentWeight, input, hidden] as const)
              : ([`weight_r${n}`, inputWeight, hidden, input] as const);
          // What stands in front has the role, since it sees the state or x: recurrent dropout masks that once.
          return rank === undefined
            ? [[name, weight(to, from)]]
            : [
                [`${name}_down`, weight(k, from)],
                [`${name}_up`, inputWeight(to, k)],
              ];
        });
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
        const through = (name: `weight_${"q" | "r"}${number}`, value: Expression): Expression =>
          rank === undefined ? linear(value, p[name]) : linear(linear(value, p[`${name}_down`]), p[`${name}_up`]);
        const scaled = numbers.reduce(
          ({ seen, old }, k) =>
            k % 2 === 1
              ? { seen: twice(through(`weight_q${k}`, old)).mul(seen), old }
              : { seen, old: twice(through(`weight_r${k}`, seen)).mul(old) },
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
  },
  { rank: { kind: "count" } },
);
