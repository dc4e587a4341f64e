/** Contract checks about values: both machines agree, gradients are measured, weights travel. */
import { noGrad, scope, type Tensor } from "../tensor/index.js";
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
  type Batch,
  type CaseSizes,
} from "./contract-case.js";
import type { CheckContext } from "./contract-context.js";
import { numbersOf, tensorOf } from "./contract-numbers.js";
import { machinesAgreeOn } from "./contract-rounding.js";
import { gradcheck } from "./gradcheck.js";
import { runOnTape } from "./tape-cell.js";

/** float32 (emitted code where there is any) agrees with the float64 interpreter: values and all gradients. */
export function machinesAgree({ cell, judge, machines }: CheckContext, sizes: CaseSizes): void {
  const [, expected] = machinesAgreeOn(
    judge,
    {
      cell,
      network: (each, dtype) => makeNetwork(each, sizes, dtype),
      batch: (net) => makeBatch(net, sizes),
      run: runCase,
    },
    machines,
  );
  // A few units may be silent (a rectifier is, half of the time); a whole layer that is would agree with anything.
  const speaks = sizes.H < 5 || sizes.lengths !== undefined || expected.output.data.some((value) => value !== 0);
  if (!speaks) judge.fail("every output is 0");
}

/**
 * Gradients of x, every initial state and every parameter against finite differences in float64: element by element, or
 * along three random directions per tensor. The loss sees everything, or one result alone.
 */
export function gradientsAreMeasured(
  { cell, judge }: Omit<CheckContext, "machines">,
  sizes: CaseSizes,
  directions?: number,
): void {
  const net = makeNetwork(cell, sizes, "f64");
  const batch = makeBatch(net, sizes);
  const losses: readonly [string, Batch][] =
    directions !== undefined
      ? [["", batch]]
      : [
          ["everything", batch],
          ["the output alone", { ...batch, dFinal: [] }],
          ...cell.states.map(({ name }): [string, Batch] => [
            `the final ${name} alone`,
            { ...batch, dOutput: undefined, dFinal: batch.dFinal.map((record) => ({ [name]: record[name] })) },
          ]),
        ];
  for (const [name, seen] of losses) {
    const x = tensorOf(batch.x, "f64", true);
    const state = stateTensors(batch.state, "f64", true);
    const inputs = inputTensors(net, batch.inputs, "f64", true);
    const loss = (): Tensor => {
      const { output, state: final } = net.forward(x, { state, inputs, lengths: batch.lengths });
      return lossOf(output, final, seen);
    };
    const beside = inputs.flatMap((record) => Object.values(record).filter(({ requiresGrad }) => requiresGrad));
    const subjects = [x, ...beside, ...state.flatMap((record) => Object.values(record)), ...net.parameters()];
    try {
      if (gradcheck(loss, subjects, { directions, tolerance: 1e-6 }).checked === 0) judge.fail("nothing was measured");
    } catch (error) {
      judge.fail(`with ${name || "everything"} in the loss: ${(error as Error).message}`);
    }
  }
}

/**
 * The plan computes the equations: in float64, values and all gradients are those of the trace run on the tape, one
 * operation after the other.
 */
export function planIsTheEquations({ cell, judge }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, "f64");
  const batch = makeBatch(net, sizes);
  const planned = runCase(net, batch);
  for (const parameter of net.parameters()) parameter.grad = null;
  scope(() => {
    const x = tensorOf(batch.x, "f64", true);
    const [state] = stateTensors(batch.state, "f64", true);
    const names = Object.keys(cell.params);
    const parameters = Object.fromEntries(net.parameters().map((parameter, i) => [names[i], parameter]));
    const [inputs] = inputTensors(net, batch.inputs, "f64", true);
    const { output, final } = runOnTape(cell, parameters, x, state, inputs);
    const loss = lossOf(output, [final], batch);
    if (loss.requiresGrad) loss.backward();
    const exact = 1e-11;
    judge.close("output", planned.output, numbersOf(output), exact);
    judge.closeStates("final state", planned.final, [recordNumbers(final)], exact);
    judge.close("dx", planned.dx, gradientOf(x), exact);
    judge.closeStates("gradient of the initial state", planned.dState, [mapRecord(state, gradientOf)], exact);
    judge.closeStates("gradient of the inputs", planned.dInputs, [mapRecord(inputs, gradientOf)], exact);
    const gradients = mapRecord(Object.fromEntries(net.namedParameters()), gradientOf);
    judge.closeRecord("gradient of", planned.dParameters, gradients, exact);
  });
}

/** Weights loaded by name into another network make it the same network. */
export function stateDictTravels({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  const from = makeNetwork(cell, sizes, dtype, 1);
  const to = makeNetwork(cell, sizes, dtype, 2);
  const batch = makeBatch(from, sizes);
  const saved = Object.fromEntries(Object.entries(from.stateDict()).map(([name, value]) => [name, value.toArray()]));
  if (Object.keys(saved).length !== from.parameters().length) judge.fail("two parameters have the same name");
  const expected = inferCase(from, batch);
  to.loadStateDict(saved);
  const got = inferCase(to, batch);
  judge.same("output", got.output, expected.output);
  judge.sameStates("final state", got.final, expected.final);
}

/** No initial state is the state of zeros. */
export function zeroIsTheDefault({ cell, dtype, judge }: CheckContext, sizes: CaseSizes): void {
  const net = makeNetwork(cell, sizes, dtype);
  const { x, lengths, state, inputs } = makeBatch(net, sizes);
  const zero = state.map((record) =>
    mapRecord(record, ({ shape, data }) => ({ shape, data: new Float64Array(data.length) })),
  );
  const expected = inferCase(net, { x, lengths, state: zero, inputs, dFinal: [] });
  const got = scope(() =>
    noGrad(() => {
      const beside = inputTensors(net, inputs, dtype, false);
      return numbersOf(net.forward(tensorOf(x, dtype, false), { lengths, inputs: beside }).output);
    }),
  );
  judge.same("output", got, expected.output);
}
