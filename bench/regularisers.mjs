// What regularisers and parametrisations cost: a step of a two-layer LSTM (128 units, 50 sequences of 50 steps), forward and
// backward, with each of them and without, in turns, by processor time of one thread. One JSON line each. Wants a built dist.
//   node bench/regularisers.mjs [rounds]
import { Rng, scope, startSync, Tensor } from "../dist/index.js";
import {
  activationPenalty,
  dropConnect,
  gradientNoise,
  LSTM,
  maxNorm,
  Orthogonal,
  SpectralNorm,
  temporalActivationPenalty,
  weightNoise,
  weightsOf,
} from "../dist/nn/index.js";

const rounds = Number(process.argv[2] ?? 15);
startSync({ threads: 1 });

const [steps, batch, units] = [50, 50, 128];
const net = new LSTM({ inputSize: units, hiddenSize: units, layers: 2 });
const rng = new Rng(1);
const numbers = Float32Array.from({ length: steps * batch * units }, () => rng.normal());
const x = Tensor.from(numbers, [steps, batch, units]);
let uses = 0;
const fresh = () => rng.split(uses++);
const shape = { rows: 4 * units, cols: units };
const orthogonal = [0, 1].map((i) => new Orthogonal({ ...shape, gates: 4 }, new Rng(i)));
const spectral = [0, 1].map((i) => new SpectralNorm(shape, new Rng(i)));

const output = (weights) => net.forward(x, { weights }).output;
const each = (make) => output(weightsOf(net, "recurrent", make)).sum();
const pair = (layers) => output({ weight_hh_l0: layers[0].forward(), weight_hh_l1: layers[1].forward() }).sum();
const plain = () => output({}).sum();
const nets = [net];
// The same first weights: they come from the same default generator.
const inside = Object.fromEntries(
  Object.entries({
    "recurrentDropout, tied": { recurrentDropout: 0.3 },
    "recurrentDropout, perGate": { recurrentDropout: 0.3, recurrentDropoutMasks: "perGate" },
    "updateDropout per step": { updateDropout: 0.3 },
    "updateDropout per sequence": { updateDropout: 0.3, updateDropoutMasks: "sequence" },
    "zoneout of c": { zoneout: { c: 0.5 } },
    "zoneout of h and c": { zoneout: { h: 0.05, c: 0.5 } },
    inputDropout: { inputDropout: 0.3 },
    dropout: { dropout: 0.3 },
  }).map(([name, options]) => {
    const own = new LSTM({ inputSize: units, hiddenSize: units, layers: 2, ...options });
    nets.push(own);
    return [name, [() => own.forward(x, { rng: fresh() }).output.sum()]];
  }),
);
const subjects = {
  none: [plain],
  ...inside,
  dropConnect: [() => each((weight) => dropConnect(weight, { p: 0.5, rng: fresh() }))],
  "dropConnect, rows": [() => each((weight) => dropConnect(weight, { p: 0.5, rng: fresh(), drop: "rows" }))],
  weightNoise: [() => each((weight) => weightNoise(weight, { std: 0.05, rng: fresh() }))],
  "activation penalties": [
    () => {
      const h = output({});
      return h.sum().add(activationPenalty(h, 2)).add(temporalActivationPenalty(h, 1));
    },
  ],
  gradientNoise: [plain, () => gradientNoise(net.parameters(), { eta: 0.01, step: uses++, rng })],
  maxNorm: [plain, () => net.parameters().forEach((parameter) => maxNorm(parameter, { max: 5 }))],
  "SpectralNorm × 2": [() => pair(spectral)],
  "Orthogonal, per gate × 2": [() => pair(orthogonal)],
};

const milliseconds = (work) => {
  const { user, system } = process.cpuUsage();
  work();
  const now = process.cpuUsage();
  return (now.user + now.system - user - system) / 1000;
};
const times = Object.keys(subjects).map(() => []);
const list = Object.values(subjects);
for (let round = -2; round < rounds; round++) {
  // Each round begins with another one: what comes first pays for what the last one left in the caches.
  for (const turn of list.keys()) {
    const i = (turn + round + 2) % list.length;
    const [loss, after] = list[i];
    for (const one of nets) for (const parameter of one.parameters()) parameter.zeroGrad();
    const time = milliseconds(() => {
      scope(() => loss().backward());
      after?.();
    });
    if (round >= 0) times[i].push(time);
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
for (const [i, name] of Object.keys(subjects).entries()) {
  const against = (of) => Number((of(times[i]) / of(times[0])).toFixed(3));
  const least = against((values) => Math.min(...values));
  const row = {
    regulariser: name,
    step_cpu_ms: median(times[i]),
    against_none: against(median),
    least_against_none: least,
  };
  console.log(JSON.stringify(row));
}
