import { describe, expect, test } from "vitest";
import { CELLS, Embedding, gru, lstm, mogrifierLstm, Recurrent, Stack, type RecurrentInput } from "../../nn/index.js";
import { Rng } from "../../runtime/index.js";
import { streamModel } from "../../stream/compile/index.js";
import { add, concat, dropoutMask, linear, mul, scope, sigmoid, slice, sub, tanh, Tensor } from "../../tensor/index.js";
import { defineCell } from "../define.js";
import { planCell } from "../plan.js";
import type { Stage } from "../plan-format.js";
import { inputDropout } from "./index.js";

const [T, B, I, H] = [5, 3, 4, 6];
const LENGTHS = [3, 5, 4];

const random = (shape: readonly number[], seed: number, dtype: "f32" | "f64" = "f64", requiresGrad = false): Tensor => {
  const rng = new Rng(seed);
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(rng.normal()));
  return Tensor.from(data, shape, { dtype, requiresGrad });
};
/** Powers of two: products with them are exact in any order. */
const mask = (seed: number, dtype: "f32" | "f64" = "f64"): Tensor =>
  dropoutMask([B, I], { p: 0.5, rng: new Rng(seed), dtype });
const maskNames = (cell: Parameters<typeof planCell>[0]): string[] =>
  inputDropout(cell, "perGate").inputs.map((i) => i.name);

const echo = defineCell({
  name: "echo",
  reference: "none",
  params: () => ({}),
  state: { h: "input" },
  step: ({ x }) => ({ h: x }),
  output: ({ h }) => h,
});

describe("input dropout", () => {
  test("has a mask for the input, or one for each gate", () => {
    expect(inputDropout(lstm)).toBe(inputDropout(lstm, "tied"));
    expect(inputDropout(lstm).inputs).toEqual([{ name: "input_mask_input", dim: "input", per: "sequence" }]);
    expect(maskNames(lstm)).toEqual(["i", "f", "g", "o"].map((gate) => `input_mask_input_${gate}`));
    expect(maskNames(gru)).toEqual(["r", "z", "n"].map((gate) => `input_mask_input_${gate}`));
    // A matrix without gates has one mask; what reads the state is no input matrix.
    expect(maskNames(CELLS["elman"])).toEqual(["input_mask_input"]);
    expect(maskNames(mogrifierLstm(1))).toHaveLength(4);
  });

  test("is refused where no matrix reads the input", () => {
    const error = expect.objectContaining({ code: "E_REGULARISER" });
    expect(() => inputDropout(echo)).toThrow(error);
    expect(() => inputDropout(echo, "perGate")).toThrow(/input dropout of echo.*has no matrix on its input/);
    expect(() => inputDropout(inputDropout(lstm))).toThrow(error);
    const sizes = { inputSize: 2, hiddenSize: 2, inputDropout: 0.5 };
    expect(() => new Recurrent(echo, { ...sizes, inputDropoutMasks: "perGate" })).toThrow(error);
    expect(() => new Recurrent(echo, sizes)).not.toThrow();
  });

  test.each(["train", "infer"] as const)("leaves the products before the loop, %s", (mode) => {
    const products = (stages: readonly Stage[], { weights }: ReturnType<typeof planCell>): string[] =>
      stages.flatMap(({ matmuls }) =>
        matmuls.map(({ weight }) => {
          const { param, firstBlock, blocks } = weights[weight];
          return `${param} ${firstBlock}+${blocks}`;
        }),
      );
    const [tied, perGate] = [inputDropout(lstm), inputDropout(lstm, "perGate")].map((cell) => planCell(cell, mode));
    expect(products(tied.hoist, tied)).toEqual(["weight_ih 0+4"]);
    expect(products(perGate.hoist, perGate)).toEqual([0, 1, 2, 3].map((k) => `weight_ih ${k}+1`));
    for (const plan of [tied, perGate]) expect(products(plan.forward, plan)).toEqual(["weight_hh 0+4"]);
    if (mode === "infer") return;
    // And those of the gradient of x behind it.
    expect(products(perGate.backward, perGate)).toEqual(["weight_hh 0+4"]);
    expect(products(perGate.sink, perGate)).toHaveLength(4);
  });
});

/** Output and gradients of a call. */
function pass(net: Recurrent, x: Tensor, input: RecurrentInput): number[][] {
  return scope(() => {
    for (const parameter of net.parameters()) parameter.grad = null;
    x.grad = null;
    const { output } = net.forward(x, input);
    mul(output, random(output.shape, 9, net.options.dtype))
      .sum()
      .backward();
    return [output, ...[x, ...net.parameters()].map(({ grad }) => grad!)].map((value) => value.toArray());
  });
}

function expectNear(got: number[][], expected: number[][], tolerance: number): void {
  expected.forEach((list, i) => {
    const largest = Math.max(...list.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    const error = Math.max(...list.map((value, j) => Math.abs(value - got[i][j])));
    expect(error, `tensor ${i}`).toBeLessThanOrEqual(tolerance * largest);
  });
}

describe.each(Object.entries(CELLS))("%s", (_, cell) => {
  const options = { inputSize: I, hiddenSize: H, layers: 1 };

  test.each(["f32", "f64"] as const)("one mask is x through that mask, %s", (dtype) => {
    const plain = new Recurrent(cell, { ...options, dtype }, new Rng(1));
    const masked = new Recurrent(inputDropout(cell), { ...options, dtype }, new Rng(1));
    const x = random([T, B, I], 2, dtype);
    const own = mask(3, dtype);
    for (const input of [{}, { lengths: LENGTHS }, { segment: 2 }]) {
      const expected = plain.forward(mul(x, own), input).output.toArray();
      expect(masked.forward(x, { ...input, inputs: { input_mask_input: own } }).output.toArray()).toEqual(expected);
    }
  });
});

describe("a mask for each gate", () => {
  type Gates = Readonly<Record<string, Tensor>>;

  /** The rows of a parameter that belong to a gate. */
  const block = (p: Tensor, k: number): Tensor => slice(p, 0, k * H, (k + 1) * H);
  /** What a gate gets from x [B, I] and from h [B, H], each product on its own. */
  const parts = (p: Gates, masks: readonly Tensor[], x: Tensor, h: Tensor): { a: Tensor[]; u: Tensor[] } => ({
    a: masks.map((m, k) => linear(mul(x, m), block(p["weight_ih_l0"], k), block(p["bias_ih_l0"], k))),
    u: masks.map((_, k) => linear(h, block(p["weight_hh_l0"], k), block(p["bias_hh_l0"], k))),
  });
  const one = (h: Tensor): Tensor => Tensor.ones(h.shape, "f64");
  const STEPS = {
    lstm: (p: Gates, masks: readonly Tensor[], x: Tensor, [h, c]: readonly Tensor[]): Tensor[] => {
      const { a, u } = parts(p, masks, x, h);
      const [i, f, g, o] = a.map((value, k) => (k === 2 ? tanh : sigmoid)(add(value, u[k])));
      const next = add(mul(f, c), mul(i, g));
      return [mul(o, tanh(next)), next];
    },
    gru: (p: Gates, masks: readonly Tensor[], x: Tensor, [h]: readonly Tensor[]): Tensor[] => {
      const { a, u } = parts(p, masks, x, h);
      const [r, z] = [0, 1].map((k) => sigmoid(add(a[k], u[k])));
      const n = tanh(add(a[2], mul(r, u[2])));
      return [add(mul(sub(one(z), z), n), mul(z, h))];
    },
  };

  test.each([
    ["lstm", lstm],
    ["gru", gru],
  ] as const)("is the equations of the %s with a product for each", (name, cell) => {
    const names = maskNames(cell);
    const masks = names.map((_, k) => random([B, I], 10 + k));
    const net = new Recurrent(inputDropout(cell, "perGate"), { inputSize: I, hiddenSize: H, dtype: "f64" }, new Rng(1));
    const x = random([T, B, I], 2, "f64", true);
    const inputs = Object.fromEntries(names.map((mask, k) => [mask, masks[k]]));
    const got = pass(net, x, { inputs });
    const expected = scope(() => {
      for (const parameter of net.parameters()) parameter.grad = null;
      x.grad = null;
      const p = Object.fromEntries(net.namedParameters());
      let state: Tensor[] = cell.states.map(() => Tensor.zeros([B, H], "f64"));
      const outputs = Array.from({ length: T }, (_, t) => {
        state = STEPS[name](p, masks, x.select(0, t), state);
        return state[0].reshape([1, B, H]);
      });
      const output = concat(outputs, 0);
      mul(output, random(output.shape, 9)).sum().backward();
      return [output, ...[x, ...net.parameters()].map(({ grad }) => grad!)].map((value) => value.toArray());
    });
    expectNear(got, expected, 1e-13);
    expectNear(pass(net, x, { inputs, segment: 2 }), expected, 1e-13);
  });

  test("is drawn by layer, direction and gate; the masks of ones are none", () => {
    const options = { inputSize: I, hiddenSize: H, layers: 2, bidirectional: true } as const;
    const drop = { inputDropout: 0.4, inputDropoutMasks: "perGate" } as const;
    const [net, masked, plain] = [
      new Recurrent(gru, { ...options, ...drop }, new Rng(1)),
      new Recurrent(inputDropout(gru, "perGate"), options, new Rng(1)),
      new Recurrent(gru, options, new Rng(1)),
    ];
    const x = random([T, B, I], 2, "f32", true);
    const rng = new Rng(5);
    const drawn = net.stack.map(({ suffix, dims }) =>
      Object.fromEntries(
        maskNames(gru).map((name) => {
          return [name, dropoutMask([B, dims["input"]], { p: 0.4, rng: rng.split(name + suffix) })];
        }),
      ),
    );
    expect(
      new Set(drawn.slice(0, 2).flatMap((record) => Object.values(record).map((m) => `${m.toArray()}`))).size,
    ).toBe(6);
    const got = pass(net, x, { rng, lengths: LENGTHS });
    expect(got).toEqual(pass(masked, x, { inputs: drawn, lengths: LENGTHS }));
    expect(got[0]).not.toEqual(pass(plain, x, { lengths: LENGTHS })[0]);
    const ones = net.stack.map(({ dims }) =>
      Object.fromEntries(maskNames(gru).map((name) => [name, Tensor.ones([B, dims["input"]])])),
    );
    const none = [
      masked.forward(x, { inputs: ones }),
      net.forward(x),
      new Recurrent(gru, { ...options, ...drop, inputDropout: 0 }, new Rng(1)).forward(x, { rng }),
    ];
    for (const { output } of none) expect(output.toArray()).toEqual(plain.forward(x).output.toArray());
  });

  test("with tied masks, the default, is what it was", () => {
    const options = { inputSize: I, hiddenSize: H, inputDropout: 0.5 };
    const net = new Recurrent(lstm, options);
    expect(net.options.inputDropoutMasks).toBe("tied");
    const x = random([T, B, I], 2, "f32");
    const rng = new Rng(3);
    const own = dropoutMask([B, I], { p: 0.5, rng: rng.split("input_mask_l0") });
    const plain = new Recurrent(lstm, { ...options, inputDropout: 0 }).forward(mul(x, own)).output.toArray();
    expect(net.forward(x, { rng }).output.toArray()).toEqual(plain);
    const said = new Recurrent(lstm, { ...options, inputDropoutMasks: "tied" });
    expect(said.forward(x, { rng }).output.toArray()).toEqual(plain);
  });

  test("reads rows of a table as it reads others", () => {
    const options = { inputSize: I, hiddenSize: H, inputDropout: 0.4, inputDropoutMasks: "perGate" } as const;
    const net = new Recurrent(lstm, options, new Rng(1));
    const table = new Embedding({ vocabularySize: 3, size: I }, new Rng(2));
    const words = Tensor.from(
      Int32Array.from({ length: T * B }, (_, i) => i % 3),
      [T, B],
    );
    const run = (read: boolean): number[][] =>
      scope(() => {
        for (const parameter of [...net.parameters(), table.weight]) parameter.grad = null;
        const x = table.forward(words);
        if (read) x.data();
        const { output } = net.forward(x, { rng: new Rng(4) });
        output.square().sum().backward();
        return [output, ...[...net.parameters(), table.weight].map(({ grad }) => grad!)].map((v) => v.toArray());
      });
    expectNear(run(false), run(true), 1e-6);
  });

  test("goes step by step, in stacks and in streams as dropout of the state does", () => {
    const drop = { inputDropout: 0.5, inputDropoutMasks: "perGate" } as const;
    const options = { inputSize: I, hiddenSize: H, ...drop };
    const net = new Recurrent(lstm, options, new Rng(1));
    const plain = new Recurrent(lstm, { inputSize: I, hiddenSize: H }, new Rng(1));
    const x = random([1, B, I], 2, "f32");
    const rng = new Rng(3);
    const whole = net.forward(x, { rng });
    const step = net.step(x.reshape([B, I]), undefined, { rng });
    expect(step.output.toArray()).toEqual(whole.output.toArray());
    expect(whole.output.toArray()).not.toEqual(plain.forward(x).output.toArray());

    const stack = new Stack({ inputSize: I, layers: [{ cell: lstm, hiddenSize: H, ...drop }] });
    stack.loadStateDict(net.stateDict());
    const inner = net.forward(x, { rng: rng.split("layer_0") }).output.toArray();
    expect(stack.forward(x, { rng }).output.toArray()).toEqual(inner);
    expect(stack.step(x.reshape([B, I]), undefined, { rng }).output.toArray()).toEqual(inner);

    const row = slice(x, 1, 0, 1);
    expect([...streamModel(net).session().step(row.toArray())]).toEqual(plain.forward(row).output.toArray());
  });
});
