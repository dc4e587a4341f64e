/** Cells with attention against the equations in PyTorch: outputs, weights at every step, final states and all gradients. */
import { describe, test } from "vitest";
import type { CellDefinition } from "../../src/cell/index.js";
import { gru, lstm, Recurrent } from "../../src/nn/index.js";
import { type LuongScore, withBahdanau, withLuong } from "../../src/nn/attention/index.js";
import { add, mul, scope, sum, Tensor } from "../../src/tensor/index.js";
import { type Case, expectGolden, load, TOLERANCE } from "./golden.js";
import type { Precision } from "./networks.js";
import { uniform } from "./streams.js";

interface Attention {
  form: "bahdanau" | "luong";
  cell: "lstm" | "gru";
  score: "additive" | LuongScore;
  inputFeeding: boolean;
  coverage: boolean;
  T: number;
  B: number;
  I: number;
  H: number;
  A: number;
  C: number;
  S: number;
  lengths: number[] | null;
  /** How many positions of its memory each row has. */
  positions: number[] | null;
}

function cellOf({ form, cell, score, inputFeeding, coverage }: Attention): CellDefinition {
  const plain = { lstm, gru }[cell];
  return form === "bahdanau"
    ? withBahdanau(plain, { coverage })
    : withLuong(plain, { score: score as LuongScore, inputFeeding, coverage });
}

function run(c: Case<Attention>, dtype: Precision): Record<string, ArrayLike<number>> {
  const { T, B, I, H, A, C, S } = c;
  const cell = cellOf(c);
  const widths = Object.fromEntries(
    Object.entries({ attention: A, context: C }).filter(([name]) => name in cell.extraDims),
  );
  const net = new Recurrent(cell, { inputSize: I, hiddenSize: H, widths, dtype });
  for (const [name, parameter] of net.namedParameters()) {
    parameter.set(uniform(`${c.seed}/${name.replace(/_l0$/, "")}`, parameter.size, 1 / Math.sqrt(H)));
  }
  return scope(() => {
    const drawn = (name: string, shape: number[], requiresGrad = true): Tensor => {
      const size = shape.reduce((a, b) => a * b);
      return Tensor.from(Float64Array.from(uniform(`${c.seed}/${name}`, size)), shape, { dtype, requiresGrad });
    };
    const x = drawn("x", [T, B, I]);
    const memories: Record<string, Tensor> = { values: drawn("values", [B, S, C]) };
    if (c.score === "additive" || c.score === "concat") memories["keys"] = drawn("keys", [B, S, A]);
    const there = (i: number): boolean => i % S < (c.positions?.[Math.floor(i / S)] ?? S);
    const valid = Tensor.from(
      Float64Array.from({ length: B * S }, (_, i) => (there(i) ? 1 : 0)),
      [B, S],
      { dtype },
    );
    const own = c.cell === "lstm" ? ["h", "c"] : ["h"];
    const [zero] = net.zeroState(B, S);
    const given = Object.fromEntries(own.map((name) => [name, drawn(`${name}0`, [B, H])]));
    const { output, states, state } = net.trace(x, {
      inputs: { ...memories, valid },
      state: [{ ...zero, ...given }],
      lengths: c.lengths ?? undefined,
    });
    const [{ attention }] = states;
    let loss = sum(mul(output, drawn("d_output", [T, B, H], false)));
    loss = add(loss, sum(mul(attention, drawn("d_attention", [T, B, S], false))));
    for (const name of own) loss = add(loss, sum(mul(state[0][name], drawn(`d_${name}`, [B, H], false))));
    loss.backward();
    const found: Record<string, ArrayLike<number>> = { output: output.toArray(), attention: attention.toArray() };
    const gradients = { x, ...memories, ...Object.fromEntries(own.map((name) => [`${name}0`, given[name]])) };
    for (const name of own) found[name] = state[0][name].toArray();
    for (const [name, leaf] of Object.entries(gradients)) found[`d_${name}`] = leaf.grad!.toArray();
    for (const [name, parameter] of net.namedParameters()) {
      found[`d_${name.replace(/_l0$/, "")}`] = parameter.grad!.toArray();
    }
    return found;
  });
}

describe.each<Precision>(["f32", "f64"])("%s", (dtype) => {
  test.each(load<Attention>("attention"))("$form $score around $cell, fed $inputFeeding, coverage $coverage", (c) => {
    expectGolden(run(c, dtype), c.tensors, TOLERANCE[dtype]);
  });
});
