import { describe, expect, it } from "vitest";
import { Adam, SGD } from "../optim/index.js";
import { Rng } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import { elman, Linear, Module, Orthogonal, parameterGroups, Recurrent } from "./index.js";

class Net extends Module {
  layer = new Recurrent(elman, { inputSize: 2, hiddenSize: 4 }, new Rng(1));
  recurrent = new Orthogonal({ rows: 4, cols: 4 }, new Rng(2));
  head = new Linear({ inputSize: 4, outputSize: 1 }, new Rng(3));
  forward(x: Tensor): Tensor {
    return this.head.forward(this.layer.forward(x, { weights: { weight_hh_l0: this.recurrent.forward() } }).output);
  }
}

describe("parameterGroups", () => {
  it("gives each parameter to the first rule that takes it, the rest to the optimizer's own settings", () => {
    const net = new Net();
    const groups = parameterGroups(
      net,
      { where: /original$/, lr: 1e-4 },
      { where: /bias/, weightDecay: 0 },
      { where: (_, { rank }) => rank === 2, weightDecay: 0.1 },
    );
    const names = new Map([...net.namedParameters()].map(([name, parameter]) => [parameter, name]));
    const found = groups.map(({ parameters, ...settings }) => ({
      ...settings,
      names: parameters.map((parameter) => names.get(parameter)),
    }));
    expect(found).toEqual([
      { lr: 1e-4, names: ["recurrent.original"] },
      { weightDecay: 0, names: ["layer.bias_ih_l0", "layer.bias_hh_l0", "head.bias"] },
      { weightDecay: 0.1, names: ["layer.weight_ih_l0", "layer.weight_hh_l0", "head.weight"] },
    ]);
    expect(parameterGroups(net)).toEqual([{ parameters: net.parameters().filter((p) => p.requiresGrad) }]);
  });

  it("is what optimizers take: each group moves by its own rate", () => {
    const net = new Net();
    const before = net.parameters().map((parameter) => parameter.toArray());
    const optimizer = new SGD(parameterGroups(net, { where: /original$/, lr: 0 }), { lr: 0.1 });
    scope(() => {
      net
        .forward(Tensor.ones([3, 2, 2]))
        .square()
        .sum()
        .backward();
      optimizer.step();
    });
    const moved = [...net.namedParameters()].flatMap(([name, parameter], i) =>
      parameter.toArray().join() === before[i].join() ? [] : [name],
    );
    expect(moved).toEqual(["layer.weight_ih_l0", "layer.bias_ih_l0", "layer.bias_hh_l0", "head.weight", "head.bias"]);
    // Settings that the optimizer does not know are its business.
    expect(() => new Adam(parameterGroups(net, { where: /head/, momentum: 1 }) as never)).toThrow(/momentum/);
  });

  it("does not pass over a rule that takes nothing", () => {
    expect(() => parameterGroups(new Net(), { where: /orginal/, lr: 1e-4 })).toThrow(
      expect.objectContaining({
        code: "E_GROUP",
        message: expect.stringMatching(/rule 0, \/orginal\/, takes no parameter.*recurrent\.original/),
      }),
    );
    expect(() => parameterGroups(new Net(), { where: /head/ }, { where: () => false })).toThrow(/rule 1 takes no/);
  });
});
