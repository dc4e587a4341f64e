/** Contract checks about time: single steps, windows and sequences are the same computation. */
import { noGrad, scope } from "../tensor/index.js";
import type { Recurrent } from "../nn/index.js";
import {
  gradientOf,
  inferCase,
  inputTensors,
  lossOf,
  makeBatch,
  makeNetwork,
  mapRecord,
  recordNumbers,
  runCase,
  stateTensors,
  stepsOf,
  type Batch,
  type CaseSizes,
} from "./contract-case.js";
import type { CheckContext } from "./contract-context.js";
import { numbersOf, range, take, tensorOf } from "./contract-numbers.js";

/** step() T times gives the bits of forward, and so does the plan that keeps nothing for a backward pass. */
export function stepsEqualSequence({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, dtype);
  const batch = makeBatch(net, sizes);
  const whole = runCase(net, batch);
  const inferred = inferCase(net, batch);
  judge.same("output without gradients", inferred.output, whole.output);
  judge.sameStates("final state without gradients", inferred.final, whole.final);
  for (const record of [true, false]) {
    const run = (): void => {
      let state = stateTensors(batch.state, dtype, record);
      for (let t = 0; t < sizes.T; t++) {
        const x = tensorOf({ shape: [sizes.B, sizes.I], data: take(batch.x, 0, [t]).data }, dtype, record);
        const [now] = [stepsOf(batch, t, t + 1).inputs];
        const flat = now.map((record) => mapRecord(record, (v) => ({ shape: v.shape.slice(-2), data: v.data })));
        const next = net.step(x, state, { inputs: inputTensors(net, flat, dtype, record) });
        const expected = take(whole.output, 0, [t]);
        judge.same(`output of step ${t}`, numbersOf(next.output), { ...expected, shape: expected.shape.slice(1) });
        state = next.state;
      }
      judge.sameStates("state after the last step", state.map(recordNumbers), whole.final);
    };
    scope(() => (record ? run() : noGrad(run)));
  }
}

/**
 * A sequence cut in two anywhere and resumed gives the bits of the whole; gradients through the carried state too, but
 * for the sums over steps, which are added in another order.
 */
export function splitEqualsWhole({ cell, dtype, judge, tolerance }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, dtype);
  const batch = makeBatch(net, sizes);
  const whole = runCase(net, batch);
  for (let cut = 1; cut < sizes.T; cut++) {
    const [before, after] = [range(0, cut), range(cut, sizes.T)];
    const [first, second] = [stepsOf(batch, 0, cut), stepsOf(batch, cut, sizes.T)];
    const head = inferCase(net, first);
    const tail = inferCase(net, { ...second, state: head.final });
    judge.same(`output before a cut at ${cut}`, head.output, take(whole.output, 0, before));
    judge.same(`output after a cut at ${cut}`, tail.output, take(whole.output, 0, after));
    judge.sameStates(`final state after a cut at ${cut}`, tail.final, whole.final);

    const joined = runWindows(net, first, second);
    judge.same(`dx before a cut at ${cut}`, joined.dx[0], take(whole.dx, 0, before));
    judge.same(`dx after a cut at ${cut}`, joined.dx[1], take(whole.dx, 0, after));
    judge.sameStates(`gradient of the initial state through a cut at ${cut}`, joined.dState, whole.dState);
    judge.closeRecord(`gradient with a cut at ${cut} of`, joined.dParameters, whole.dParameters, tolerance);
  }
}

/** Two windows on one tape, the state of the first carried into the second. */
function runWindows(net: Recurrent, first: Batch, second: Batch) {
  const { dtype } = net.options;
  for (const parameter of net.parameters()) parameter.grad = null;
  return scope(() => {
    const inputs = [tensorOf(first.x, dtype, true), tensorOf(second.x, dtype, true)];
    const state = stateTensors(first.state, dtype, true);
    const beside = [first, second].map((batch) => inputTensors(net, batch.inputs, dtype, true));
    const head = net.forward(inputs[0], { state, inputs: beside[0] });
    const tail = net.forward(inputs[1], { state: head.state, inputs: beside[1] });
    lossOf(head.output, [], first)
      .add(lossOf(tail.output, tail.state, second))
      .backward();
    return {
      dx: inputs.map(gradientOf),
      dState: state.map((record) => mapRecord(record, gradientOf)),
      dParameters: mapRecord(Object.fromEntries(net.namedParameters()), gradientOf),
    };
  });
}
