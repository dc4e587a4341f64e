/**
 * The sequential network of Jordan (1986): the context is the previous *output*, so the output layer is in the cell.
 *
 *   a  = tanh(W_ih·x + b_ih + W_hh·y + b_hh)
 *   y′ = tanh(W_ho·a + b_ho)
 *
 * Jordan's units were logistic; tanh keeps the fed-back output in the same range as the hidden units of the others.
 * Shapes: x [B, I], y [B, O] (O = H unless `outputSize` says otherwise); weight_ih [H, I], weight_hh [H, O],
 * weight_ho [O, H], bias_ih and bias_hh [H], bias_ho [O].
 * Source: M. Jordan, "Serial order: a parallel distributed processing approach", ICS Report 8604, UC San Diego, 1986.
 */
import { bias, defineCell, inputWeight, linear, outputWeight, recurrentWeight, tanh } from "../../cell/index.js";

export const jordan = defineCell({
  name: "jordan",
  reference: "https://doi.org/10.1016/S0166-4115(97)80111-2",
  summary: "a = tanh(W_ih·x + b_ih + W_hh·y + b_hh); y′ = tanh(W_ho·a + b_ho)",
  dims: { output: "hidden" },
  params: ({ input, hidden, output }) => ({
    weight_ih: inputWeight(hidden, input),
    weight_hh: recurrentWeight(hidden, output),
    bias_ih: bias(hidden),
    bias_hh: bias(hidden),
    weight_ho: outputWeight(output, hidden),
    bias_ho: bias(output),
  }),
  state: { y: "output" },
  step: ({ x, p, y }) => {
    const a = tanh(linear(x, p.weight_ih, p.bias_ih).add(linear(y, p.weight_hh, p.bias_hh)));
    return { y: tanh(linear(a, p.weight_ho, p.bias_ho)) };
  },
  output: ({ y }) => y,
});
