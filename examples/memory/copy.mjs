// The copy memory problem: ten symbols, a long silence, then the ten symbols again.
//
//   node examples/memory/copy.mjs --cell orthogonal        (orthogonal, unitary, lstm)
import { Rng, scope, startSync, Tensor } from "hiddenstate";
import { copyBaseline, copyMemory } from "hiddenstate/data";
import { crossEntropy, initialise, initialisers, Linear, lstm, modReluRnn, Module } from "hiddenstate/nn";
import { Orthogonal, parameterGroups, Recurrent, Unitary, unitaryRnn } from "hiddenstate/nn";
import { chosen, options, train } from "./setup.mjs";

const { lecunNormal, uniform } = initialisers;
const CELLS = {
  // As Lezcano-Casado & Martínez-Rubio 2019: a recurrent matrix e^A that starts as rotations and learns ten times slower.
  orthogonal: {
    cell: modReluRnn,
    lr: 1e-3,
    recipe: { input: lecunNormal(), bias: uniform(0.01) },
    matrix: (n, rng) => new Orthogonal({ rows: n, cols: n, start: "rotations" }, rng),
  },
  // The same of complex units, as many numbers in half of them.
  unitary: {
    cell: unitaryRnn,
    lr: 1e-3,
    recipe: { input: lecunNormal(), bias: uniform(0.01) },
    matrix: (n, rng) => new Unitary({ size: n, start: "phases" }, rng),
    share: 0.5,
  },
  lstm: { cell: lstm, lr: 5e-3, recipe: "article", matrix: null },
};

const given = options({ cell: "orthogonal", delay: 200, hidden: 128, batch: 32, lr: 0, steps: 1000, seed: 1 });
const { delay, batch, steps } = given;
const { cell, recipe, matrix, share = 1, ...usual } = chosen(CELLS, given.cell);
const hiddenSize = given.hidden * share;
const lr = given.lr || usual.lr;
startSync({ threads: 1 });

const rng = new Rng(given.seed);
class Network extends Module {
  layer = initialise(new Recurrent(cell, { inputSize: 10, hiddenSize }), recipe, rng.split("network"));
  head = new Linear({ inputSize: hiddenSize, outputSize: 9 }, rng.split("head"));
  recurrent = matrix?.(hiddenSize, rng.split("recurrent"));
}
const model = new Network();
const { layer, head, recurrent } = model;
const weights = () => (recurrent === undefined ? {} : { weight_hh_l0: recurrent.forward() });

/** Mean cross-entropy over all steps, and over those that repeat the symbols. */
function losses(B, draws) {
  const { inputs, targets } = copyMemory({ delay, batch: B }, draws);
  const T = delay + 20;
  const x = new Float32Array(T * B * 10);
  inputs.forEach((symbol, row) => (x[10 * row + symbol] = 1));
  const logits = head.forward(layer.forward(Tensor.from(x, [T, B, 10]), { weights: weights() }).output);
  const told = targets.map((symbol, row) => (row < (T - 10) * B ? -100 : symbol));
  return [targets, told].map((wanted) => crossEntropy(logits, Tensor.from(wanted, [T, B])));
}

const draws = rng.split("training");
const groups = parameterGroups(model, ...(recurrent === undefined ? [] : [{ where: /original$/, lr: lr / 10 }]));
train({ groups, lr, steps, loss: () => losses(batch, draws)[0] });

const [all, told] = scope(() => losses(500, rng.split("test")).map((loss) => loss.item()));
console.log(
  `${given.cell}, T = ${delay}: loss ${all.toPrecision(4)}; without memory ${copyBaseline({ delay }).toPrecision(4)}; ` +
    `each repeated symbol ${told.toPrecision(4)} nats, a guess ${Math.log(8).toPrecision(4)}`,
);
