/** Cells that are nobody's but the bench's: what a page of equations costs beside the LSTM that comes with the library. */
import {
  bias,
  type CellDefinition,
  defineCell,
  eachGate,
  gain,
  inputWeight,
  layerNorm,
  linear,
  peephole,
  recurrentWeight,
  sigmoid,
  tanh,
} from "../../cell/index.js";
import { CELLS } from "../../nn/index.js";

const GATES = ["i", "f", "g", "o"] as const;

/** i and f see c, o sees c′, each unit its own: Gers & Schmidhuber 2000. */
const customPeephole = defineCell({
  name: "customPeephole",
  reference: "https://doi.org/10.1109/IJCNN.2000.861302",
  gates: GATES,
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias: bias(gates(hidden)),
    peephole_i: peephole(hidden),
    peephole_f: peephole(hidden),
    peephole_o: peephole(hidden),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const u = linear(h, p.weight_hh);
    const a = eachGate(linear(x, p.weight_ih, p.bias), (value, gate) => value.add(u[gate]));
    const i = sigmoid(a.i.add(p.peephole_i.mul(c)));
    const f = sigmoid(a.f.add(p.peephole_f.mul(c)));
    const next = f.mul(c).add(i.mul(tanh(a.g)));
    const o = sigmoid(a.o.add(p.peephole_o.mul(next)));
    return { h: o.mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});

/** LN of W_ih·x, of W_hh·h (the four gates together) and of c′ on its way out, gains and biases each: Ba, Kiros & Hinton 2016. */
const customLayerNorm = defineCell({
  name: "customLayerNorm",
  reference: "https://arxiv.org/abs/1607.06450",
  gates: GATES,
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden)),
    bias_ih: bias(gates(hidden)),
    gain_hh: gain(gates(hidden)),
    bias_hh: bias(gates(hidden)),
    gain_c: gain(hidden),
    bias_c: bias(hidden),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const u = layerNorm(linear(h, p.weight_hh), { gain: p.gain_hh, bias: p.bias_hh });
    const v = layerNorm(linear(x, p.weight_ih), { gain: p.gain_ih, bias: p.bias_ih });
    const a = eachGate(v, (value, gate) => value.add(u[gate]));
    const next = sigmoid(a.f)
      .mul(c)
      .add(sigmoid(a.i).mul(tanh(a.g)));
    return { h: sigmoid(a.o).mul(tanh(layerNorm(next, { gain: p.gain_c, bias: p.bias_c }))), c: next };
  },
  output: ({ h }) => h,
});

/** Every cell that a workload may name: those of the library, and these. */
export const BENCH_CELLS: Readonly<Record<string, CellDefinition>> = { ...CELLS, customPeephole, customLayerNorm };

/** The cell in turns with which a workload's cell is timed; undefined for those that are timed alone. */
export function plainCell(cell: string): string | undefined {
  return Object.hasOwn(CELLS, cell) ? undefined : "lstm";
}
