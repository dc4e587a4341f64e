/**
 * The simple recurrent unit (SRU): all matrix products come before the loop, the recurrence is unit by unit.
 *
 *   f = σ(W_f·x + v_f⊙c + b_f)      r = σ(W_r·x + v_r⊙c + b_r)
 *   c′ = f⊙c + (1 − f)⊙(W·x)        y = r⊙c′ + (1 − r)⊙(W_p·x)
 *
 * The highway carries W_p·x, as in the authors' program where input and state differ in width; with W_p = α·1 it carries
 * α·x. Shapes: x [B, I], c and y [B, H]; weight_ih [4H, I] in the order c, f, r, p; bias_f, bias_r, peephole_f (v_f) and
 * peephole_r (v_r) [H]. Source: Lei, Zhang, Wang, Dai & Artzi 2018.
 */
import { bias, candidate, defineCell, inputWeight, linear, peephole, sigmoid } from "../../cell/index.js";

export const simpleRecurrentUnit = defineCell({
  name: "simpleRecurrentUnit",
  reference: "https://arxiv.org/abs/1709.02755",
  summary:
    "f = σ(W_f·x + v_f⊙c + b_f); r = σ(W_r·x + v_r⊙c + b_r); c′ = f⊙c + (1 − f)⊙(W·x); y = r⊙c′ + (1 − r)⊙(W_p·x)",
  gates: ["c", "f", "r", "p"],
  forgetGate: "f",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    bias_f: bias(gates(hidden, "f")),
    bias_r: bias(gates(hidden, "r")),
    peephole_f: peephole(hidden),
    peephole_r: peephole(hidden),
  }),
  state: { c: "hidden" },
  step: ({ x, p, c }) => {
    const a = linear(x, p.weight_ih);
    const f = sigmoid(a.f.add(p.peephole_f.mul(c)).add(p.bias_f.f));
    const r = sigmoid(a.r.add(p.peephole_r.mul(c)).add(p.bias_r.r));
    const n = candidate(a.c);
    const next = n.add(f.mul(c.sub(n)));
    return { c: next, y: a.p.add(r.mul(next.sub(a.p))) };
  },
  output: ({ y }) => y,
});
