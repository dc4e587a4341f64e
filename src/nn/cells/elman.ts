/**
 * The simple recurrent network of Elman (1990), in PyTorch's parametrisation (`torch.nn.RNN`):
 *
 *   h′ = φ(W_ih·x + b_ih + W_hh·h + b_hh),  φ = tanh (`elman`) or max(·, 0) (`elmanRelu`)
 *
 * Shapes: x [B, I], h [B, H]; weight_ih [H, I], weight_hh [H, H], biases [H].
 * With an identity for W_hh and zeros for the biases `elmanRelu` is the IRNN of Le, Jaitly & Hinton 2015: `IRNN`.
 * Source: J. Elman, "Finding structure in time", Cognitive Science 14, 1990.
 */
import {
  bias,
  defineCell,
  inputWeight,
  linear,
  recurrentWeight,
  relu,
  tanh,
  type Expression,
} from "../../cell/index.js";

const elmanCell = (name: string, phi: (x: Expression) => Expression, phiName: string, more = "") =>
  defineCell({
    name,
    reference: "https://doi.org/10.1207/s15516709cog1402_1",
    summary: `h′ = ${phiName}(W_ih·x + b_ih + W_hh·h + b_hh)${more}`,
    params: ({ input, hidden }) => ({
      weight_ih: inputWeight(hidden, input),
      weight_hh: recurrentWeight(hidden, hidden),
      bias_ih: bias(hidden),
      bias_hh: bias(hidden),
    }),
    state: { h: "hidden" },
    step: ({ x, p, h }) => ({ h: phi(linear(x, p.weight_ih, p.bias_ih).add(linear(h, p.weight_hh, p.bias_hh))) }),
    output: ({ h }) => h,
  });

export const elman = elmanCell("elman", tanh, "tanh");
export const elmanRelu = elmanCell("elmanRelu", relu, "relu", "; an IRNN, if W_hh starts as I");
