import { describe, expect, it } from "vitest";
import { zoneout } from "../cell/index.js";
import { Rng } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import {
  detachState,
  forwardWindow,
  gru,
  LSTM,
  lstm,
  quasiRnn,
  Recurrent,
  type RecurrentInput,
  type RecurrentState,
  Stack,
  truncatedWindows,
  type WindowInput,
  withBahdanau,
} from "./index.js";

const [T, B, I, H] = [11, 3, 2, 4];
const net = new Recurrent(lstm, { inputSize: I, hiddenSize: H, layers: 2, dtype: "f64" }, new Rng(1));
const rng = new Rng(2);
const x = Tensor.from(
  Float64Array.from({ length: T * B * I }, () => rng.normal()),
  [T, B, I],
);

const gradients = (): number[][] => net.parameters().map(({ grad }) => grad!.toArray());
const clear = (): void => net.parameters().forEach((parameter) => (parameter.grad = null));

function expectClose(a: number[][], b: number[][]): void {
  a.forEach((list, i) => {
    const largest = Math.max(...b[i].map(Math.abs));
    expect(Math.max(...list.map((value, j) => Math.abs(value - b[i][j])))).toBeLessThanOrEqual(1e-12 * largest);
  });
}

describe("truncatedWindows", () => {
  it("counts every step once, reaches back k2 steps, and starts where the one before says", () => {
    for (const [steps, stride, window] of [
      [11, 3, 7],
      [12, 4, 4],
      [5, 2, 3],
      [3, 5, 9],
      [0, 1, 1],
      [7, 1, 100],
    ]) {
      const windows = truncatedWindows(steps, { stride, window });
      expect(windows.flatMap(({ loss, to }) => Array.from({ length: to - loss }, (_, i) => loss + i))).toEqual(
        Array.from({ length: steps }, (_, t) => t),
      );
      windows.forEach(({ from, next, to }, j) => {
        expect(from).toBe(Math.max(0, to - window));
        expect(next).toBe(windows[j + 1]?.from ?? steps);
        expect(next >= from && next <= to).toBe(true);
      });
    }
  });

  it("refuses a window shorter than its stride", () => {
    const code = expect.objectContaining({ code: "E_NUMBER" });
    for (const options of [
      { stride: 3, window: 2 },
      { stride: 0, window: 2 },
      { stride: 1.5, window: 2 },
    ]) {
      expect(() => truncatedWindows(5, options)).toThrow(code);
    }
  });
});

describe("forwardWindow", () => {
  /** Gradients of all windows together, without updates. */
  function truncated(stride: number, window: number): number[] {
    clear();
    let state: RecurrentState = net.zeroState(B);
    const outputs: number[] = [];
    for (const at of truncatedWindows(T, { stride, window })) {
      state = scope(() => {
        const { output, carried } = forwardWindow(net, x.slice(0, at.from, at.to), at, state);
        output.square().sum().backward();
        outputs.push(...output.toArray());
        return carried;
      });
    }
    return outputs;
  }

  it("with a window as long as the sequence is the gradient of the whole", () => {
    clear();
    const whole = scope(() => {
      const { output } = net.forward(x);
      output.square().sum().backward();
      return output.toArray();
    });
    const expected = gradients();
    expect(truncated(3, T)).toEqual(whole);
    expectClose(gradients(), expected);
  });

  it("stops gradients k2 steps back and nowhere else", () => {
    const [stride, window] = [2, 5];
    const outputs = truncated(stride, window);
    const found = gradients();
    clear();
    scope(() => {
      expect(net.forward(x).output.toArray()).toEqual(outputs);
      for (let loss = 0; loss < T; loss += stride) {
        const to = Math.min(loss + stride, T);
        const from = Math.max(0, to - window);
        const state = from === 0 ? net.zeroState(B) : detachState(net.forward(x.slice(0, 0, from)).state);
        const { output } = net.forward(x.slice(0, from, to), { state });
        output
          .slice(0, loss - from)
          .square()
          .sum()
          .backward();
      }
    });
    expectClose(found, gradients());
  });

  it("is no business of stacks that start at the end", () => {
    const both = new Recurrent(gru, { inputSize: I, hiddenSize: H, bidirectional: true });
    const [window] = truncatedWindows(2, { stride: 2, window: 2 });
    expect(() => forwardWindow(both, Tensor.zeros([2, B, I]), window)).toThrow(
      expect.objectContaining({ code: "E_NUMBER" }),
    );
    const { output } = forwardWindow(new LSTM({ inputSize: I, hiddenSize: H }), Tensor.zeros([2, B, I]), window);
    expect(output.shape).toEqual([2, B, H]);
  });
});

describe("forwardWindow, told more than a state", () => {
  const numbers = (seed: number, shape: readonly number[]): Tensor => {
    const own = new Rng(seed);
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => own.normal());
    return Tensor.from(data, shape);
  };
  const flags = (seed: number, share: number): Tensor => {
    const own = new Rng(seed);
    return Tensor.from(
      Float32Array.from({ length: T * B }, () => (own.uniform() < share ? 1 : 0)),
      [T, B],
    );
  };
  const values = (state: RecurrentState): number[][] =>
    state.flatMap((record) => Object.values(record).map((value) => value.toArray()));
  const dropping = { dropout: 0.3, inputDropout: 0.4, recurrentDropout: 0.3, zoneout: 0.2, updateDropout: 0.2 };
  const sizes = { inputSize: I, hiddenSize: H, dtype: "f64" } as const;
  const perGate = { inputDropoutMasks: "perGate", recurrentDropoutMasks: "perGate" } as const;
  const { dropout: _, ...inside } = dropping;
  const nets: Record<string, Recurrent | Stack> = {
    lstm: new Recurrent(lstm, { ...sizes, ...dropping, layers: 2 }, new Rng(1)),
    "gru, masks per gate": new Recurrent(gru, { ...sizes, ...dropping, ...perGate, layers: 2 }, new Rng(1)),
    "a stack": new Stack(
      {
        inputSize: I,
        dtype: "f64",
        dropout: 0.3,
        layers: [
          { cell: lstm, hiddenSize: H, ...inside },
          { cell: gru, hiddenSize: H, skip: "residual", zoneout: 0.3 },
        ],
      },
      new Rng(1),
    ),
  };

  it.each(Object.entries(nets))("draws the masks that one call over the window draws: %s", (_, net) => {
    const run = (call: () => { readonly output: Tensor; readonly state: RecurrentState }) =>
      scope(() => {
        for (const parameter of net.parameters()) parameter.grad = null;
        const { output, state } = call();
        output.square().sum().backward();
        const gradients = net.parameters().map(({ grad }) => grad!.toArray());
        return { numbers: [output.toArray(), ...values(state), ...gradients], state };
      });
    let state: RecurrentState = net.zeroState(B);
    for (const at of truncatedWindows(T, { stride: 3, window: 7 })) {
      const seen = x.slice(0, at.from, at.to);
      const input = { rng: new Rng(at.loss), segment: at.loss === 3 ? 2 : undefined };
      const before = state;
      const found = run(() => {
        const { output, carried } = forwardWindow(net, seen, at, before, input);
        return { output, state: carried };
      });
      const expected = run(() => {
        const { output } = net.forward(seen, { ...input, state: before });
        // Masks per step belong to a step: those of its first steps are those of the window.
        const first = noGrad(() => net.forward(seen.slice(0, 0, at.next - at.from), { ...input, state: before }));
        return { output: output.slice(0, at.loss - at.from), state: at.next === at.from ? before : first.state };
      });
      expect(found.numbers).toEqual(expected.numbers);
      const undropped = noGrad(() =>
        net
          .forward(seen, { state: before })
          .output.slice(0, at.loss - at.from)
          .toArray(),
      );
      expect(found.numbers[0]).not.toEqual(undropped);
      state = found.state;
    }
  });

  /** All windows one after the other, without gradients. */
  function inWindows(net: Recurrent | Stack, input: (from: number, to: number) => WindowInput): number[] {
    let state: RecurrentState = startOf(net);
    return truncatedWindows(T, { stride: 2, window: 5 }).flatMap((at) =>
      noGrad(() => {
        const run = forwardWindow(net, x.slice(0, at.from, at.to), at, state, input(at.from, at.to));
        state = run.carried;
        return run.output.toArray();
      }),
    );
  }
  const startOf = (net: Recurrent | Stack, seed = 5): RecurrentState =>
    net.zeroState(B).map((record, i) => mapValues(record, ({ shape }, name) => numbers(seed + i + name.length, shape)));
  const mapValues = <R>(record: Readonly<Record<string, Tensor>>, change: (value: Tensor, name: string) => R) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

  const plain: Record<string, Recurrent | Stack> = {
    lstm: new Recurrent(lstm, { ...sizes, layers: 2 }, new Rng(1)),
    "a window of inputs": new Recurrent(quasiRnn(3), sizes, new Rng(1)),
    "a stack": nets["a stack"],
  };
  const selections: Record<string, (seed: number, net: Recurrent | Stack) => RecurrentInput> = {
    lengths: (seed) => ({ lengths: Array.from({ length: B }, (_, b) => (5 * seed + 4 * b) % (T + 1)) }),
    mask: (seed) => ({ mask: flags(seed, 0.4) }),
    reset: (seed) => ({ reset: flags(seed, 0.3) }),
    "mask and reset": (seed) => ({ mask: flags(seed, 0.4), reset: flags(seed + 50, 0.3) }),
    "mask, reset and what they begin from": (seed, net) => ({
      mask: flags(seed, 0.4),
      reset: flags(seed + 50, 0.3),
      resetTo: startOf(net, 30),
    }),
  };
  it.each(
    Object.entries(plain).flatMap(([name, net]) => Object.entries(selections).map((s) => [name, ...s, net] as const)),
  )("goes on where a window ended: %s, %s", (_, __, selected, net) => {
    for (let seed = 1; seed <= 4; seed++) {
      const { lengths, mask, reset, resetTo } = selected(seed, net);
      const whole = noGrad(() => net.forward(x, { lengths, mask, reset, resetTo, state: startOf(net) }));
      const cut = inWindows(net, (from, to) => ({
        ...(lengths && { lengths: lengths.map((length) => Math.min(Math.max(length - from, 0), to - from)) }),
        ...(mask && { mask: mask.slice(0, from, to) }),
        ...(reset && { reset: reset.slice(0, from, to) }),
        ...(resetTo && { resetTo }),
      }));
      expect(cut).toEqual(whole.output.toArray());
    }
  });

  it("takes inputs beside x and weights", () => {
    const cell = zoneout(lstm, ["c"]);
    const told = new Recurrent(cell, sizes, new Rng(1));
    const mask = numbers(3, [T, B, H]);
    const weight = numbers(4, [4 * H, H]);
    weight.requiresGrad = true;
    const weights = { weight_hh_l0: weight };
    const inputs = (from: number, to: number) => ({ zoneout_mask_c: mask.slice(0, from, to) });
    const whole = noGrad(() => told.forward(x, { inputs: inputs(0, T), weights, state: startOf(told) }));
    expect(inWindows(told, (from, to) => ({ inputs: inputs(from, to), weights }))).toEqual(whole.output.toArray());
    const [, at] = truncatedWindows(T, { stride: 3, window: 7 });
    scope(() => {
      const seen = x.slice(0, at.from, at.to);
      forwardWindow(told, seen, at, undefined, { inputs: inputs(at.from, at.to), weights })
        .output.sum()
        .backward();
    });
    expect(weight.grad!.toArray().some((value) => value !== 0)).toBe(true);
  });

  it("starts an attending cell whose memory says how wide its state is", () => {
    const net = new Recurrent(withBahdanau(gru), sizes, new Rng(1));
    const S = 3;
    const inputs = {
      keys: numbers(1, [B, S, H]),
      values: numbers(2, [B, S, H]),
      valid: Tensor.ones([B, S], "f64"),
    };
    for (const at of truncatedWindows(T, { stride: 3, window: 7 }).slice(0, 2)) {
      const { carried } = forwardWindow(net, x.slice(0, at.from, at.to), at, undefined, { inputs });
      expect(carried[0]["attention"].shape).toEqual([B, S]);
    }
  });

  it("refuses what it does not read, and another stretch of x", () => {
    const [, at] = truncatedWindows(T, { stride: 3, window: 4 });
    const seen = x.slice(0, at.from, at.to);
    const call =
      (given: object, of: Tensor = seen) =>
      () =>
        forwardWindow(net, of, at, undefined, given);
    expect(call({ state: net.zeroState(B) })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    expect(call({ length: [1, 2, 3] })).toThrow(/forwardWindow: there is no option "length".*Did you mean "lengths"/s);
    expect(call({ rng: 5 })).toThrow(expect.objectContaining({ code: "E_RNG" }));
    expect(call({ lengths: [T, T, T] })).toThrow(expect.objectContaining({ code: "E_LENGTHS" }));
    expect(call({}, x)).toThrow(/forwardWindow.*\[4, B, I\].*\[11, 3, 2\].*steps 2 … 5/s);
  });
});
