/**
 * The independently recurrent network (IndRNN): each unit sees itself alone, so its memory is one number that can be
 * held at 1.
 *
 *   h′ = max(W_ih·x + u⊙h + b, 0)
 *
 * Shapes: x [B, I], h [B, H]; weight_ih [H, I], gain_h (u) and bias [H]. Layers mix the units: stack two or more.
 * u starts from U(±1/√H) as all of a new layer does; the article wants it near 1 for long memories, as `initialise` with `article` has it.
 * Source: Li, Li, Cook, Zhu & Gao 2018.
 */
import { bias, defineCell, inputWeight, linear, recurrentVector, relu } from "../../cell/index.js";

export const independentRnn = defineCell({
  name: "independentRnn",
  reference: "https://arxiv.org/abs/1803.04831",
  summary: "h′ = max(W_ih·x + u⊙h + b, 0)",
  params: ({ input, hidden }) => ({
    weight_ih: inputWeight(hidden, input),
    gain_h: recurrentVector(hidden),
    bias: bias(hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => ({ h: relu(linear(x, p.weight_ih, p.bias).add(h.mul(p.gain_h))) }),
  output: ({ h }) => h,
});
