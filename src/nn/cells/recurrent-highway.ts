/**
 * The recurrent highway network: each step passes the state through several highway layers.
 *
 *   s_0 = h;   for l = 1 … L:  n = tanh(W_n·x [l = 1] + R_n,l·s + b_n,l)   t = σ(W_t·x [l = 1] + R_t,l·s + b_t,l)
 *              s_l = s_{l−1} + t⊙(n − s_{l−1})          h′ = s_L
 *
 * Carry and transform gates are coupled, 1 − t and t. Shapes: x [B, I], h [B, H]; weight_ih [2H, I], and for each layer
 * weight_hh_l [2H, H], bias_l [2H]; blocks in the order n, t. A negative bias of t (−2 … −4) starts it as a memory.
 * Source: Zilly, Srivastava, Koutník & Schmidhuber 2017.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";
import { cellFamily } from "../cell-family.js";

type Gate = "n" | "t";
type Layers = Record<`weight_hh_${number}`, ReturnType<typeof recurrentWeight<Gate>>> &
  Record<`bias_${number}`, ReturnType<typeof bias<Gate>>>;

/** The recurrent highway cell of `depth` layers; the same definition for the same depth. Errors: `E_NUMBER`. */
export const recurrentHighway = cellFamily("recurrentHighway", "depth", 1, (depth) => {
  const layers = Array.from({ length: depth }, (_, l) => l + 1);
  return defineCell({
    name: `recurrentHighway${depth}`,
    reference: "https://arxiv.org/abs/1607.03474",
    summary:
      `l = 1 … ${depth}: n = tanh(W_n·x [l = 1] + R_n,l·s + b_n,l), t = σ(W_t·x [l = 1] + R_t,l·s + b_t,l), ` +
      "s ← (1 − t)⊙s + t⊙n; h = s",
    gates: ["n", "t"],
    updateGate: { gate: "t", open: "takes" },
    params: ({ input, hidden, gates }) => {
      const own = layers.flatMap((l) => [
        [`weight_hh_${l}`, recurrentWeight(gates(hidden), hidden)],
        [`bias_${l}`, bias(gates(hidden))],
      ]);
      return Object.assign({ weight_ih: inputWeight(gates(hidden), input) }, Object.fromEntries(own) as Layers);
    },
    state: { h: "hidden" },
    step: ({ x, p, h }) => {
      const a = linear(x, p.weight_ih);
      const next = layers.reduce((s, l) => {
        const u = linear(s, p[`weight_hh_${l}`], p[`bias_${l}`]);
        const n = candidate(tanh(l === 1 ? a.n.add(u.n) : u.n));
        const t = sigmoid(l === 1 ? a.t.add(u.t) : u.t);
        return s.add(t.mul(n.sub(s)));
      }, h);
      return { h: next };
    },
    output: ({ h }) => h,
  });
});
