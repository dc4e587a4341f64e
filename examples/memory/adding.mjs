// The adding problem: which recurrent network can carry a number over a hundred steps?
//
//   node examples/memory/adding.mjs --cell lstm            (lstm, gru, irnn, tanh)
import { Rng, scope, startSync, Tensor } from "hiddenstate";
import { ADDING_BASELINE, addingProblem } from "hiddenstate/data";
import { elman, elmanRelu, gru, initialise, initialisers, Linear, lstm, mseLoss, Recurrent } from "hiddenstate/nn";
import { chosen, options, train } from "./setup.mjs";

const { chrono, inverseRootHidden, irnn } = initialisers;
const uniform = { input: inverseRootHidden, recurrent: inverseRootHidden, bias: inverseRootHidden };
const CELLS = {
  // Forget biases for spans of up to T steps: Tallec & Ollivier 2018.
  lstm: { cell: lstm, lr: 5e-3, steps: 3000, recipe: (T) => ({ ...uniform, forgetBias: chrono({ max: T }) }) },
  gru: { cell: gru, lr: 5e-3, steps: 3000, recipe: () => uniform },
  // ReLU units that begin by keeping what they have: Le, Jaitly & Hinton 2015, with input weights ten times theirs.
  irnn: {
    cell: elmanRelu,
    lr: 3e-4,
    steps: 8000,
    recipe: () => irnn({ std: 0.01 }),
  },
  tanh: { cell: elman, lr: 1e-3, steps: 8000, recipe: () => uniform },
};

const given = options({ cell: "lstm", length: 200, hidden: 64, batch: 20, lr: 0, steps: 0, seed: 1 });
const { length: T, hidden: hiddenSize, batch } = given;
const { cell, recipe, ...usual } = chosen(CELLS, given.cell);
startSync({ threads: 1 });

const rng = new Rng(given.seed);
const network = initialise(new Recurrent(cell, { inputSize: 2, hiddenSize }), recipe(T), rng.split("network"));
const head = new Linear({ inputSize: hiddenSize, outputSize: 1 }, rng.split("head"));

/** Mean squared error of the answers after the last step. */
function error({ inputs, targets }) {
  const B = targets.length;
  const { state } = network.forward(Tensor.from(inputs, [T, B, 2]));
  return mseLoss(head.forward(state[0].h), Tensor.from(targets, [B, 1]));
}

const draws = rng.split("training");
const groups = [{ parameters: [...network.parameters(), ...head.parameters()] }];
const [lr, steps] = [given.lr || usual.lr, given.steps || usual.steps];
train({ groups, lr, steps, loss: () => error(addingProblem({ steps: T, batch }, draws)) });

const test = scope(() => error(addingProblem({ steps: T, batch: 1000 }, rng.split("test"))).item());
console.log(`${given.cell}, T = ${T}: error ${test.toFixed(5)}; without memory ${ADDING_BASELINE.toFixed(5)}`);
