/** PyTorch's other forms of recurrent networks: projections, single steps, masks between layers, packed sequences. */
import { describe, expect, test } from "vitest";
import { packRows, type CellDefinition } from "../../src/cell/index.js";
import { elman, elmanRelu, gru, lstm, projectedLstm, Recurrent, type RecurrentInput, type RecurrentState } from "../../src/nn/index.js";
import { Rng } from "../../src/runtime/index.js";
import { add, dropout, mul, scope, sum, Tensor } from "../../src/tensor/index.js";
import { type Case, expectGolden, load, TOLERANCE } from "./golden.js";
import { seedOf, uniform, unit } from "./streams.js";

interface Stack {
  name: string;
  cell: string;
  layers: number;
  bidirectional: boolean;
  state: boolean;
  T: number;
  B: number;
  I: number;
  H: number;
  lengths: number[] | null;
  /** Size of the projection. */
  P?: number;
  /** False where there are no biases. */
  bias?: boolean;
  /** Probability that a mask between two layers is 0. */
  p?: number;
  /** PyTorch's packed sequence: active rows of each step. */
  batchSizes?: number[];
}

interface Steps {
  name: string;
  cell: string;
  steps: number;
  B: number;
  I: number;
  H: number;
  state: boolean;
}

type Precision = "f32" | "f64";
type Numbers = Record<string, ArrayLike<number>>;

const CELLS: Readonly<Record<string, CellDefinition>> = { rnn_tanh: elman, rnn_relu: elmanRelu, lstm, gru };

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The stream of a name as a tensor. */
function hashed(name: string, shape: readonly number[], dtype: Precision, requiresGrad = false): Tensor {
  return Tensor.from(uniform(name, sizeOf(shape)), [...shape], { dtype, requiresGrad });
}

/** What PyTorch stacks: one tensor of all layers and directions, and its rows for each of them. */
function stacked(name: string, count: number, shape: readonly number[], dtype: Precision): Tensor[] {
  const all = uniform(name, count * sizeOf(shape));
  return Array.from({ length: count }, (_, k) => {
    const own = all.slice(k * sizeOf(shape), (k + 1) * sizeOf(shape));
    return Tensor.from(own, [...shape], { dtype, requiresGrad: true });
  });
}

function fill(net: Recurrent, H: number, streamOf: (name: string) => string): void {
  for (const [name, p] of net.namedParameters()) p.set(uniform(streamOf(name), p.size, 1 / Math.sqrt(H)));
}

/** How a stack is run: x and the initial state to the output and the final state. */
type Run = (x: Tensor, given: RecurrentInput) => { output: Tensor; state: RecurrentState };

/** Outputs, final states and all gradients of a case, under the names of the golden file. */
function runStack(c: Case<Stack>, cell: CellDefinition, dtype: Precision, nets: readonly Recurrent[], run: Run): Numbers {
  const D = c.bidirectional ? 2 : 1;
  const found: Numbers = {};
  scope(() => {
    const names = cell.states.map(({ name }) => name);
    const widths: Record<string, number> = { hidden: c.H, output: c.P ?? c.H };
    const shapeOf = (i: number): number[] => [c.B, widths[cell.states[i].dim]];
    const x = hashed(`${c.seed}/x`, [c.T, c.B, c.I], dtype, true);
    const initial = names.map((name, i) => stacked(`${c.seed}/${name}0`, c.layers * D, shapeOf(i), dtype));
    const records = Array.from({ length: c.layers * D }, (_, k) =>
      Object.fromEntries(names.map((name, i) => [name, initial[i][k]])),
    );
    const { output, state } = run(x, {
      ...(c.lengths === null ? {} : { lengths: c.lengths }),
      ...(c.state ? { state: records } : {}),
    });
    let loss = sum(mul(output, hashed(`${c.seed}/d_output`, output.shape, dtype)));
    names.forEach((name, i) => {
      const cotangents = stacked(`${c.seed}/d_${name}`, c.layers * D, shapeOf(i), dtype);
      state.forEach((record, k) => (loss = add(loss, sum(mul(record[name], cotangents[k])))));
    });
    loss.backward();
    Object.assign(found, { output: output.toArray(), d_x: x.grad!.toArray() });
    names.forEach((name, i) => {
      found[name] = state.flatMap((record) => record[name].toArray());
      if (c.state) found[`d_${name}0`] = initial[i].flatMap(({ grad }) => grad!.toArray());
    });
  });
  nets.forEach((net, layer) => {
    for (const [name, { grad }] of net.namedParameters()) {
      found[`d_${nets.length === 1 ? name : name.replace("_l0", `_l${layer}`)}`] = grad!.toArray();
    }
  });
  return found;
}

function driven(c: Case<Stack>, cell: CellDefinition, dtype: Precision): Numbers {
  const { I: inputSize, H: hiddenSize, P, layers, bidirectional, bias } = c;
  const projection = P === undefined ? {} : { outputSize: P };
  const net = new Recurrent(cell, { inputSize, hiddenSize, layers, bidirectional, bias, dtype, ...projection });
  fill(net, c.H, (name) => `${c.seed}/${name}`);
  return runStack(c, cell, dtype, [net], (x, given) => net.forward(x, given));
}

/** The layers of a case one by one, with its masks between them. */
function masked(c: Case<Stack>, dtype: Precision): Numbers {
  const [cell, D] = [CELLS[c.cell], c.bidirectional ? 2 : 1];
  const nets = layersOf(c, cell, dtype);
  nets.forEach((net, layer) => fill(net, c.H, (name) => `${c.seed}/${name.replace("_l0", `_l${layer}`)}`));
  const shape = [c.T, c.B, D * c.H];
  return runStack(c, cell, dtype, nets, (x, given) =>
    inTurn(nets, x, given, (rows, layer) => {
      const seed = seedOf(`${c.seed}/mask_l${layer}`);
      const mask = Float64Array.from({ length: sizeOf(shape) }, (_, i) => (unit(seed, i) < c.p! ? 0 : 1 / (1 - c.p!)));
      return mul(rows, Tensor.from(mask, shape, { dtype }));
    }),
  );
}

function layersOf(c: Omit<Stack, "name">, cell: CellDefinition, dtype: Precision): Recurrent[] {
  const { I, H: hiddenSize, bidirectional } = c;
  return Array.from({ length: c.layers }, (_, layer) => {
    const inputSize = layer === 0 ? I : (bidirectional ? 2 : 1) * hiddenSize;
    return new Recurrent(cell, { inputSize, hiddenSize, bidirectional, dtype });
  });
}

function inTurn(
  nets: readonly Recurrent[],
  x: Tensor,
  { state, lengths }: RecurrentInput,
  between: (rows: Tensor, layer: number) => Tensor,
): { output: Tensor; state: RecurrentState } {
  const final: RecurrentState[] = [];
  let rows = x;
  nets.forEach((net, layer) => {
    const D = net.options.bidirectional ? 2 : 1;
    if (layer > 0) rows = between(rows, layer);
    const next = net.forward(rows, { lengths, state: state?.slice(layer * D, (layer + 1) * D) });
    rows = next.output;
    final.push(next.state);
  });
  return { output: rows, state: final.flat() };
}

/** `steps` calls of `step`; the loss sees the state after each of them. */
function stepped(c: Case<Steps>, dtype: Precision): Numbers {
  const cell = CELLS[c.cell];
  const net = new Recurrent(cell, { inputSize: c.I, hiddenSize: c.H, dtype });
  // PyTorch's cells have no layers to number.
  const plain = (name: string): string => name.replace("_l0", "");
  fill(net, c.H, (name) => `${c.seed}/${plain(name)}`);
  const found: Numbers = {};
  scope(() => {
    const names = cell.states.map(({ name }) => name);
    const xs = Array.from({ length: c.steps }, (_, t) => hashed(`${c.seed}/x${t}`, [c.B, c.I], dtype, true));
    const initial = Object.fromEntries(
      names.map((name) => [name, hashed(`${c.seed}/${name}0`, [c.B, c.H], dtype, true)]),
    );
    let state: RecurrentState | undefined = c.state ? [initial] : undefined;
    let loss: Tensor | undefined;
    xs.forEach((x, t) => {
      ({ state } = net.step(x, state));
      for (const [name, value] of Object.entries(state[0])) {
        const part = sum(mul(value, hashed(`${c.seed}/d_${name}${t + 1}`, value.shape, dtype)));
        loss = loss === undefined ? part : add(loss, part);
        found[`${name}${t + 1}`] = value.toArray();
      }
    });
    loss!.backward();
    xs.forEach((x, t) => (found[`d_x${t}`] = x.grad!.toArray()));
    if (c.state) for (const name of names) found[`d_${name}0`] = initial[name].grad!.toArray();
  });
  for (const [name, { grad }] of net.namedParameters()) found[`d_${plain(name)}`] = grad!.toArray();
  return found;
}

describe.each<Precision>(["f32", "f64"])("%s", (dtype) => {
  test.each(load<Stack>("projected_lstm"))("$name: proj_size $P of $H, layers $layers", (c) => {
    expectGolden(driven(c, projectedLstm, dtype), c.tensors, TOLERANCE[dtype]);
  });

  test.each(load<Steps>("cell_steps"))("$name: $cell, $steps steps of one row each, B $B", (c) => {
    expectGolden(stepped(c, dtype), c.tensors, TOLERANCE[dtype]);
  });

  test.each(load<Stack>("unbiased"))("$name: $cell without biases, layers $layers", (c) => {
    expectGolden(driven(c, c.P === undefined ? CELLS[c.cell] : projectedLstm, dtype), c.tensors, TOLERANCE[dtype]);
  });

  test.each(load<Stack>("layer_dropout"))("$name: $cell, masks between $layers layers", (c) => {
    expectGolden(masked(c, dtype), c.tensors, TOLERANCE[dtype]);
  });

  test.each(load<Stack>("packed"))("$name: $cell, lengths $lengths", (c) => {
    expectGolden(driven(c, CELLS[c.cell], dtype), c.tensors, TOLERANCE[dtype]);
  });
});

test.each(load<Stack>("packed"))("$name is packed as PyTorch packs it", (c) => {
  expect([...packRows(c.lengths!).active]).toEqual(c.batchSizes);
});

test.each([null, [5, 0, 2, 7]])("dropout between layers is a mask between layers, lengths %j", (lengths) => {
  const sizes = { cell: "gru", layers: 3, bidirectional: true, state: false, T: 7, B: 4, I: 5, H: 6, lengths };
  const { I: inputSize, H: hiddenSize, layers, bidirectional } = sizes;
  const p = 0.4;
  const whole = new Recurrent(gru, { inputSize, hiddenSize, layers, bidirectional, dropout: p });
  const nets = layersOf(sizes, gru, "f32");
  for (const net of [whole, ...nets]) {
    fill(net, hiddenSize, (name) => (net === whole ? name : name.replace("_l0", `_l${nets.indexOf(net)}`)));
  }
  scope(() => {
    const x = hashed("x", [7, 4, 5], "f32");
    const given = lengths === null ? {} : { lengths };
    const rng = new Rng(11);
    const dropped = whole.forward(x, { ...given, rng }).output.toArray();
    const asMasks = inTurn(nets, x, given, (rows, layer) => {
      const ones = Tensor.from(new Float32Array(7 * 4 * 12).fill(1), [28, 12]);
      return mul(rows, dropout(ones, { p, rng: rng.split(`dropout_l${layer}`) }).reshape([7, 4, 12]));
    });
    expect(dropped).toEqual(asMasks.output.toArray());
    expect(dropped).not.toEqual(whole.forward(x, given).output.toArray());
  });
});
