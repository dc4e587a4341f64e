/**
 * A simple recurrent network with the nonlinearity of orthogonal recurrences: it keeps the sign of a unit and moves its size.
 *
 *   h′ = modReLU(W_ih·x + W_hh·h; b),  modReLU(z; b) = sign(z)⊙max(|z| + b, 0)
 *
 * Any matrix may be W_hh; `Orthogonal` keeps one orthogonal, and hands it in as `weights`. Shapes: x [B, I], h [B, H];
 * weight_ih [H, I], weight_hh [H, H], bias [H] (b). The complex one is `unitaryRnn`.
 * Sources: Arjovsky, Shah & Bengio 2016; for real numbers Lezcano-Casado & Martínez-Rubio 2019.
 */
import { bias, defineCell, inputWeight, linear, modRelu, recurrentWeight } from "../../cell/index.js";

export const modReluRnn = defineCell({
  name: "modReluRnn",
  reference: "https://arxiv.org/abs/1901.08428",
  summary: "z = W_ih·x + W_hh·h; h′ = sign(z)⊙max(|z| + b, 0)",
  params: ({ input, hidden }) => ({
    weight_ih: inputWeight(hidden, input),
    weight_hh: recurrentWeight(hidden, hidden),
    bias: bias(hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => ({ h: modRelu(linear(x, p.weight_ih).add(linear(h, p.weight_hh)), p.bias) }),
  output: ({ h }) => h,
});
