import { describe, expect, test } from "vitest";
import { Adam } from "../../optim/index.js";
import { Rng } from "../../runtime/index.js";
import { gradcheck } from "../../testing/gradcheck.js";
import { scope, sizeOf, Tensor, type Shape } from "../../tensor/index.js";
import { modReluRnn, unitaryRnn } from "../cells/index.js";
import { complexHaar } from "../initialisers/complex-haar.js";
import { Linear } from "../linear.js";
import { Module } from "../module.js";
import { parameterGroups } from "../parameter-groups.js";
import { Recurrent } from "../recurrent.js";
import { Orthogonal } from "./orthogonal.js";
import { Unitary, type UnitaryMap, type UnitaryStart } from "./unitary.js";

const MAPS: UnitaryMap[] = ["matrixExp", "cayley"];
const STARTS: UnitaryStart[] = ["haar", "identity", "phases"];
const rng = new Rng(31);
const noise = (shape: Shape, scale = 1): Float64Array =>
  Float64Array.from({ length: sizeOf(shape) }, () => scale * rng.normal());

/** max |WᴴW − I| of W = P + iQ, given as [P; Q]: by complex arithmetic, element by element. */
function departure(w: Tensor): number {
  const n = w.shape[1];
  const v = w.toArray();
  let worst = 0;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      let [re, im] = [a === b ? -1 : 0, 0];
      for (let r = 0; r < n; r++) {
        const [p, q, s, t] = [v[r * n + a], v[(n + r) * n + a], v[r * n + b], v[(n + r) * n + b]];
        re += p * s + q * t;
        im += p * t - q * s;
      }
      worst = Math.max(worst, Math.abs(re), Math.abs(im));
    }
  }
  return worst;
}

describe.each(MAPS)("%s", (map) => {
  test.each([1, 2, 3, 6])("of %i units is unitary wherever the parameter is, and differentiable", (n) => {
    for (const start of STARTS) {
      const layer = new Unitary({ size: n, map, start, dtype: "f64" }, new Rng(2));
      expect(departure(layer.forward())).toBeLessThan(1e-13);
      layer.original.set(noise([2 * n, n], 2));
      expect(layer.forward().shape).toEqual([2 * n, n]);
      expect(departure(layer.forward())).toBeLessThan(1e-12);
      gradcheck(() => layer.forward(), [layer.original], { directions: 3 });
    }
  });

  test("reads real and imaginary parts below the diagonal, and imaginary ones on it", () => {
    const n = 3;
    const layer = new Unitary({ size: n, map, start: "identity", dtype: "f64" });
    const reads = Array.from({ length: 2 * n * n }, (_, i) => {
      layer.original.set(noise([2 * n, n]));
      const before = layer.forward().toArray();
      layer.original.data()[i] += 0.3;
      return layer.forward().toArray().join() !== before.join();
    });
    const expected = [false, true].flatMap((imaginary) =>
      Array.from({ length: n * n }, (_, i) => {
        const [row, column] = [Math.floor(i / n), i % n];
        return row > column || (imaginary && row === column);
      }),
    );
    expect(reads).toEqual(expected);
  });

  test("is really complex: one unit is a rotation by twice its imaginary part", () => {
    const layer = new Unitary({ size: 1, map, start: "identity", dtype: "f64" });
    layer.original.set([5, 0.3]);
    const [re, im] = layer.forward().toArray();
    // Cayley: (1 + i·0.3) / (1 − i·0.3), an angle of 2·arctan 0.3.
    const angle = map === "matrixExp" ? 0.6 : 2 * Math.atan(0.3);
    expect(re).toBeCloseTo(Math.cos(angle), 14);
    expect(im).toBeCloseTo(Math.sin(angle), 14);
  });
});

describe("Unitary", () => {
  test("starts where it is told to", () => {
    const make = (start: UnitaryStart, seed = 1): number[] =>
      new Unitary({ size: 4, start, dtype: "f64" }, new Rng(seed)).forward().toArray();
    make("identity").forEach((v, i) => expect(v).toBe(i < 16 && i % 5 === 0 ? 1 : 0));
    const turned = make("phases");
    turned.forEach((v, i) => expect(v !== 0).toBe((i % 16) % 5 === 0));
    expect(turned[0] ** 2 + turned[16] ** 2).toBeCloseTo(1, 14);
    expect(make("haar", 1)).not.toEqual(make("haar", 2));
  });

  test("a random one has no direction that it prefers", () => {
    // Of Haar's distribution the mean of an element is 0, and of its square 1/n, real and imaginary parts alike.
    const [n, draws] = [3, 4000];
    const sums = new Float64Array(2 * n * n);
    const squares = new Float64Array(2 * n * n);
    for (let k = 0; k < draws; k++) {
      complexHaar(n, new Rng(5).split(k)).forEach((v, i) => {
        sums[i] += v;
        squares[i] += v * v;
      });
    }
    // Standard deviations: √(1/6) of an element, below 0.2 of its square.
    for (const sum of sums) expect(Math.abs(sum / draws)).toBeLessThan((5 * Math.sqrt(1 / 6)) / Math.sqrt(draws));
    for (const sum of squares) expect(Math.abs(sum / draws - 1 / 6)).toBeLessThan((5 * 0.2) / Math.sqrt(draws));
  });

  test("is the recurrent matrix of complex units, whose gradient goes through time into it", () => {
    const net = new Recurrent(unitaryRnn, { inputSize: 3, hiddenSize: 4, outputSize: 2, dtype: "f64" }, new Rng(5));
    const recurrent = new Unitary({ size: 4, dtype: "f64" }, new Rng(6));
    recurrent.original.set(noise([8, 4], 0.3));
    const x = Tensor.from(noise([4, 2, 3]), [4, 2, 3], { requiresGrad: true });
    const run = (): Tensor => net.forward(x, { weights: { weight_hh_l0: recurrent.forward() } }).output;
    gradcheck(run, [x, recurrent.original, net.stack[0].parameters["weight_ih"]]);
  });

  test("with nothing to read and nothing taken off, h keeps its length for 1,000 steps", () => {
    const [T, H] = [1000, 16];
    const net = new Recurrent(unitaryRnn, { inputSize: 1, hiddenSize: H }, new Rng(5));
    for (const [name, parameter] of net.namedParameters()) if (!name.startsWith("weight")) parameter.data().fill(0);
    const weights = { weight_hh_l0: new Unitary({ size: H }, new Rng(6)).forward() };
    const state = [{ re: Tensor.from(noise([1, H]), [1, H], { dtype: "f32" }), im: Tensor.zeros([1, H]) }];
    const length = (record: Readonly<Record<string, Tensor>>): number =>
      Math.sqrt([...record["re"].toArray(), ...record["im"].toArray()].reduce((sum, v) => sum + v * v, 0));
    scope(() => {
      const end = net.forward(Tensor.zeros([T, 1, 1]), { state, weights }).state;
      expect(Math.abs(length(end[0]) / length(state[0]) - 1)).toBeLessThan(1e-3);
    });
  });

  test.each([
    ["unitary", unitaryRnn],
    ["orthogonal", modReluRnn],
  ] as const)(
    "after 200 steps of Adam through time the matrix is still %s, at a learning rate of its own",
    (kind, cell) => {
      const H = 16;
      class Net extends Module {
        layer = new Recurrent(cell, { inputSize: 1, hiddenSize: H }, new Rng(1));
        recurrent =
          kind === "unitary" ? new Unitary({ size: H }, new Rng(2)) : new Orthogonal({ rows: H, cols: H }, new Rng(2));
        head = new Linear({ inputSize: H, outputSize: 1 }, new Rng(3));
      }
      const net = new Net();
      const adam = new Adam(parameterGroups(net, { where: /original$/, lr: 1e-2 }), { lr: 3e-3 });
      const x = Tensor.from(Float32Array.from(noise([12, 4, 1])), [12, 4, 1]);
      // What came first.
      const wanted = x.slice(0, 0, 1);
      const start = net.recurrent.forward().toArray();
      const losses: number[] = [];
      for (let step = 0; step < 200; step++) {
        scope(() => {
          const { output } = net.layer.forward(x, { weights: { weight_hh_l0: net.recurrent.forward() } });
          const loss = net.head.forward(output.slice(0, 11)).sub(wanted).square().mean();
          adam.zeroGrad();
          loss.backward();
          adam.step();
          losses.push(loss.item());
        });
      }
      const matrix = net.recurrent.forward();
      const moved = Math.max(...matrix.toArray().map((v, i) => Math.abs(v - start[i])));
      expect(moved).toBeGreaterThan(0.05);
      expect(losses[199]).toBeLessThan(0.1 * losses[0]);
      const off =
        kind === "unitary"
          ? departure(matrix)
          : Math.max(
              ...matrix
                .transpose()
                .matmul(matrix)
                .toArray()
                .map((v, i) => Math.abs(v - (i % (H + 1) === 0 ? 1 : 0))),
            );
      expect(off).toBeLessThan(1e-5);
    },
  );

  test("refuses sizes, maps and starts that there are not", () => {
    const make = (more: object) => () => new Unitary({ size: 4, ...more });
    expect(make({ size: 0.5 })).toThrow(/size must be a whole number ≥ 1, received 0.5/);
    expect(make({ map: "householder" })).toThrow(/map cannot be "householder"/);
    expect(make({ start: "phase" })).toThrow(/Did you mean "phases"/);
    expect(Object.keys(new Unitary({ size: 2 }).stateDict())).toEqual(["original", "base"]);
  });
});
