/**
 * The unitary recurrent network: complex units whose recurrent matrix keeps lengths, and a rectifier of the modulus.
 *
 *   z = W_hh·h + W_ih·x,  h ∈ ℂᴴ      h′ = z/|z|·max(|z| + b, 0), 0 where z is 0      y = W_ho·re(h′) + V_ho·im(h′) + b_ho
 *
 * In real numbers, W_hh = P + iQ: re(z) = P·re(h) − Q·im(h) + …, im(z) = Q·re(h) + P·im(h) + …. Any complex matrix may be
 * W_hh; `Unitary` keeps one unitary, and hands it in as `weights`. Shapes: x [B, I], re and im [B, H], y [B, O] (O = H unless
 * `outputSize` says otherwise); weight_ih [2H, I], weight_hh [2H, H] (P over Q), bias [H] (b), weight_ho and weight_ho_im
 * [O, H], bias_ho [O]; blocks in the order re, im. The authors learn the first state: `LearnedState`.
 * Source: Arjovsky, Shah & Bengio 2016; a matrix that can be any unitary one: Wisdom, Powers, Hershey, Le Roux & Atlas 2016.
 */
import {
  bias,
  defineCell,
  inputWeight,
  linear,
  outputWeight,
  recurrentWeight,
  relu,
  sqrt,
  where,
} from "../../cell/index.js";

export const unitaryRnn = defineCell({
  name: "unitaryRnn",
  reference: "https://arxiv.org/abs/1511.06464",
  summary:
    "complex h: z = W_hh·h + W_ih·x; h′ = z/|z|·max(|z| + b, 0); y = W_ho·re(h′) + V_ho·im(h′) + b_ho; W_hh = P + iQ, its rows P, Q",
  gates: ["re", "im"],
  dims: { output: "hidden" },
  params: ({ input, hidden, output, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias: bias(hidden),
    weight_ho: outputWeight(output, hidden),
    weight_ho_im: outputWeight(output, hidden),
    bias_ho: bias(output),
  }),
  state: { re: "hidden", im: "hidden" },
  step: ({ x, p, re, im }) => {
    const a = linear(x, p.weight_ih);
    const [u, v] = [linear(re, p.weight_hh), linear(im, p.weight_hh)];
    const [zRe, zIm] = [a.re.add(u.re).sub(v.im), a.im.add(u.im).add(v.re)];
    const squares = zRe.mul(zRe).add(zIm.mul(zIm));
    // A root has no slope at 0: there the length is taken to be 1, and what is made of it is 0.
    const there = squares.greater(0);
    const length = sqrt(where(there, squares, 1));
    const scale = where(there, relu(length.add(p.bias)).div(length), 0);
    const next = { re: scale.mul(zRe), im: scale.mul(zIm) };
    return { ...next, y: linear(next.re, p.weight_ho, p.bias_ho).add(linear(next.im, p.weight_ho_im)) };
  },
  output: ({ y }) => y,
});
