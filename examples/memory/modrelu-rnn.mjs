// A simple recurrent network with the nonlinearity of orthogonal and unitary ones: it keeps the sign of a unit and moves
// its size.
//
//   h′ = modReLU(W_ih·x + W_hh·h; b),  modReLU(z; b) = sign(z)·max(|z| + b, 0)
//
// Source: Arjovsky, Shah & Bengio 2016, "Unitary evolution recurrent neural networks".
import { abs, bias, defineCell, inputWeight, linear, recurrentWeight, relu, where } from "hiddenstate/cell";

export const modReluRnn = defineCell({
  name: "modReluRnn",
  reference: "https://arxiv.org/abs/1511.06464",
  params: ({ input, hidden }) => ({
    weight_ih: inputWeight(hidden, input),
    weight_hh: recurrentWeight(hidden, hidden),
    bias: bias(hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const z = linear(x, p.weight_ih).add(linear(h, p.weight_hh));
    const size = relu(abs(z).add(p.bias));
    return { h: where(z.greater(0), size, size.neg()) };
  },
  output: ({ h }) => h,
});
