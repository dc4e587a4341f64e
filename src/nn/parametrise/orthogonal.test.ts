import { describe, expect, test } from "vitest";
import { Adam } from "../../optim/index.js";
import { Rng } from "../../runtime/index.js";
import { gradcheck } from "../../testing/gradcheck.js";
import { Parameter, scope, sizeOf, Tensor, type Shape } from "../../tensor/index.js";
import { gru } from "../cells/index.js";
import { Recurrent } from "../recurrent.js";
import { Orthogonal, type OrthogonalMap, type OrthogonalStart } from "./orthogonal.js";

const MAPS: OrthogonalMap[] = ["matrixExp", "cayley", "householder"];
const STARTS: OrthogonalStart[] = ["haar", "identity", "rotations"];
const rng = new Rng(31);
const noise = (shape: Shape, scale = 1): Float64Array =>
  Float64Array.from({ length: sizeOf(shape) }, () => scale * rng.normal());

/** max |QᵀQ − I| over blocks of rows, |QQᵀ − I| where rows are fewer. */
function departure(q: Tensor, gates = 1): number {
  const [rows, cols] = [q.shape[0] / gates, q.shape[1]];
  let worst = 0;
  for (let g = 0; g < gates; g++) {
    const block = q.slice(0, g * rows, (g + 1) * rows);
    const product = rows >= cols ? block.transpose().matmul(block) : block.matmul(block.transpose());
    const n = product.shape[0];
    product.toArray().forEach((v, i) => (worst = Math.max(worst, Math.abs(v - (i % (n + 1) === 0 ? 1 : 0)))));
  }
  return worst;
}

describe.each(MAPS)("%s", (map) => {
  test.each([
    [6, 6, 1],
    [7, 4, 1],
    [3, 8, 1],
    [1, 1, 1],
    [15, 5, 3],
    [8, 6, 2],
  ])("[%i, %i] in %i blocks is orthogonal wherever the parameter is, and differentiable", (rows, cols, gates) => {
    for (const start of STARTS) {
      const layer = new Orthogonal({ rows, cols, gates, map, start, dtype: "f64" }, new Rng(2));
      expect(departure(layer.forward(), gates)).toBeLessThan(1e-13);
      layer.original.set(noise([rows, cols], 3));
      expect(layer.forward().shape).toEqual([rows, cols]);
      expect(departure(layer.forward(), gates)).toBeLessThan(1e-12);
      gradcheck(() => layer.forward(), [layer.original], { directions: 3 });
    }
  });

  test("starts where it is told to", () => {
    const make = (start: OrthogonalStart, seed = 1): number[] =>
      new Orthogonal({ rows: 4, cols: 4, map, start, dtype: "f64" }, new Rng(seed)).forward().toArray();
    make("identity").forEach((v, i) => expect(v).toBeCloseTo(i % 5 === 0 ? 1 : 0, 14));
    const turned = make("rotations");
    for (const zero of [2, 3, 6, 7, 8, 9, 12, 13]) expect(turned[zero]).toBeCloseTo(0, 14);
    expect(turned[0]).toBeCloseTo(turned[5], 14);
    expect(turned[1]).toBeCloseTo(-turned[4], 14);
    expect(turned[0] ** 2 + turned[1] ** 2).toBeCloseTo(1, 14);
    expect(make("haar", 1)).not.toEqual(make("haar", 2));
  });

  test("training with Adam leaves float32 orthogonal, and the base alone", () => {
    const layer = new Orthogonal({ rows: 24, cols: 24, map }, new Rng(3));
    const target = new Orthogonal({ rows: 24, cols: 24 }, new Rng(4)).forward().detach();
    const base = layer.base!.toArray();
    const optimizer = new Adam(layer.parameters(), { lr: 0.05 });
    const loss = (): number =>
      scope(() => {
        optimizer.zeroGrad();
        const loss = layer.forward().sub(target).square().sum();
        loss.backward();
        return loss.item();
      });
    const first = loss();
    for (let step = 0; step < 40; step++) {
      optimizer.step();
      loss();
    }
    expect(loss()).toBeLessThan(0.8 * first);
    expect(departure(layer.forward())).toBeLessThan(1e-5);
    expect(layer.base!.toArray()).toEqual(base);
  });
});

describe("Orthogonal", () => {
  test("its state is what is learned and where it started", () => {
    const layer = new Orthogonal({ rows: 12, cols: 4, gates: 3 });
    expect(Object.entries(layer.stateDict()).map(([name, { shape }]) => [name, shape])).toEqual([
      ["original", [12, 4]],
      ["base", [12, 4]],
    ]);
    const other = new Orthogonal({ rows: 12, cols: 4, gates: 3 }, new Rng(9));
    other.loadStateDict(Object.fromEntries(Object.entries(layer.stateDict()).map(([n, t]) => [n, t.toArray()])));
    expect(other.forward().toArray()).toEqual(layer.forward().toArray());
    expect(Object.keys(new Orthogonal({ rows: 4, cols: 4, start: "identity" }).stateDict())).toEqual(["original"]);
    expect([layer.map, new Orthogonal({ rows: 5, cols: 4 }).map]).toEqual(["matrixExp", "householder"]);
  });

  test("is the recurrent matrix of a gated cell, whose gradient goes through time into it", () => {
    const H = 5;
    const net = new Recurrent(gru, { inputSize: 3, hiddenSize: H, dtype: "f64" }, new Rng(5));
    const recurrent = new Orthogonal({ rows: 3 * H, cols: H, gates: 3, dtype: "f64" }, new Rng(6));
    const x = Tensor.from(noise([4, 2, 3]), [4, 2, 3], { requiresGrad: true });
    const run = (): Tensor => net.forward(x, { weights: { weight_hh_l0: recurrent.forward() } }).output;
    gradcheck(run, [x, recurrent.original, net.stack[0].parameters["weight_ih"]]);
  });

  test("refuses sizes, maps and starts that there are not", () => {
    const make = (more: object) => () => new Orthogonal({ rows: 4, cols: 4, ...more });
    expect(make({ rows: 0 })).toThrow(/rows must be a whole number ≥ 1, received 0/);
    expect(make({ gates: 3 })).toThrow(/rows must be a multiple of gates, 3, received 4/);
    expect(make({ map: "cayly" })).toThrow(/Did you mean "cayley"/);
    expect(make({ start: "random" })).toThrow(/start cannot be "random"/);
    expect(new Orthogonal({ rows: 4, cols: 4 }).original).toBeInstanceOf(Parameter);
  });
});
