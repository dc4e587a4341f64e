/**
 * The minimal recurrences whose gates do not see the state: all matrix products come before the loop.
 *
 *   `minGru`   z = σ(W_z·x + b_z)   h̃ = g(W_h·x + b_h)                h′ = (1 − z)⊙h + z⊙h̃
 *   `minLstm`  f = σ(W_f·x + b_f)   i = σ(W_i·x + b_i)   h̃ the same   h′ = (f⊙h + i⊙h̃) / (f + i)
 *
 * with g(a) = a + ½ where a ≥ 0, else σ(a), so that h stays positive if it starts so. What `minLstm` keeps, f / (f + i), is
 * σ(ln f − ln i): both gates may be too small for a number, their logarithms are not. Shapes: x [B, I], h [B, H];
 * weight_ih [2H, I] in the order z, h, or [3H, I] in the order f, i, h; bias like them.
 * Source: Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024.
 */
import {
  bias,
  candidate,
  defineCell,
  inputWeight,
  linear,
  sigmoid,
  softplus,
  where,
  type Expression,
} from "../../cell/index.js";

const positive = (a: Expression): Expression => where(a.greaterEqual(0), a.add(0.5), sigmoid(a));

export const minGru = defineCell({
  name: "minGru",
  reference: "https://arxiv.org/abs/2410.01201",
  summary: "z = σ(W_z·x + b_z); h̃ = g(W_h·x + b_h), g(a) = a + ½ where a ≥ 0, else σ(a); h′ = (1 − z)⊙h + z⊙h̃",
  gates: ["z", "h"],
  updateGate: { gate: "z", open: "takes" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    bias: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.weight_ih, p.bias);
    return { h: h.add(sigmoid(a.z).mul(candidate(positive(a.h)).sub(h))) };
  },
  output: ({ h }) => h,
});

export const minLstm = defineCell({
  name: "minLstm",
  reference: "https://arxiv.org/abs/2410.01201",
  summary:
    "f = σ(W_f·x + b_f); i = σ(W_i·x + b_i); h̃ = g(W_h·x + b_h), g(a) = a + ½ where a ≥ 0, else σ(a); " +
    "h′ = (f⊙h + i⊙h̃) / (f + i)",
  gates: ["f", "i", "h"],
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    bias: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.weight_ih, p.bias);
    // ln σ(a) = −softplus(−a)
    const keep = sigmoid(softplus(a.i.neg()).sub(softplus(a.f.neg())));
    const next = candidate(positive(a.h));
    return { h: next.add(keep.mul(h.sub(next))) };
  },
  output: ({ h }) => h,
});
