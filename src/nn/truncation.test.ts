import { describe, expect, it } from "vitest";
import { Rng } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import {
  detachState,
  forwardWindow,
  gru,
  LSTM,
  lstm,
  Recurrent,
  truncatedWindows,
  type RecurrentState,
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
