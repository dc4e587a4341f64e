import { emitPlan } from "../../cell/emit/index.js";
import { planCell } from "../../cell/index.js";
import { ONE } from "../../cell/plan-format.js";
import type { Recurrent, Stack } from "../../nn/index.js";
import { BASE64 as KERNELS } from "../../runtime/generated/kernels-stream.js";
import { decodeBase64 } from "../../runtime/kernel-binary.js";
import { runtime } from "../../runtime/index.js";
import type { Parameter } from "../../tensor/index.js";
import { type Bundle, encodeBundle } from "../bundle.js";
import { hashBytes } from "../hash.js";
import { joinPlans } from "./join-plans.js";
import { networkOf, type Network, type StreamParts } from "./network.js";
import { stepPlan } from "./step-plan.js";
import { packNetwork } from "./weights.js";

/**
 * Compile a network to a stream bundle: bytes that `loadStream` plays anywhere, one step at a time.
 *
 * A bundle holds the weights as they are now; compile again after training on. Numbers are those of the network's own
 * `step` in strict precision, bit for bit.
 *
 * @param net a `Recurrent`, a `Stack`, or a network of `{ embedding?, recurrent, output? }`
 * @returns the bytes: kernels, emitted program and packed weights
 *
 * Errors: `E_STREAM_NET`, see `networkOf`.
 *
 * @example
 * const bundle = compileStream({ recurrent: new LSTM({ inputSize: 1, hiddenSize: 16 }), output: new Linear({ inputSize: 16, outputSize: 1 }) });
 */
export function compileStream(net: Recurrent | Stack | StreamParts): Uint8Array<ArrayBuffer> {
  return encodeBundle(bundleOf(net));
}

/** The same before it is written: for a player in the same program. */
export function bundleOf(net: Recurrent | Stack | StreamParts): Bundle {
  const network = networkOf(net);
  const { table, layers, head } = network;
  const steps = layers.map(({ cell, skip }) => ({ plan: stepPlan(planCell(cell, "infer")), skip }));
  const { plan, input, output, states, places } = joinPlans(steps, head && { bias: head.bias !== null });

  const sizes: Record<string, number> = { [ONE]: 1 };
  layers.forEach(({ cell, dims, skip }, i) => {
    for (const [name, size] of Object.entries(dims)) sizes[`${i}.${name}`] = size;
    if (skip === "dense") sizes[`${i}.joined`] = dims["input"] + dims[cell.outputDim];
  });
  if (head !== null) sizes["head.output"] = head.weight.shape[0];
  const parameters = named(network);
  const packed = packNetwork(plan, sizes, parameters, table);
  const { dims, buffers, weights } = plan;
  const width = (buffer: number): number => sizes[buffers[buffer].dim];
  return {
    header: {
      model: hashNetwork(network, parameters),
      vocabulary: table?.shape[0] ?? 0,
      input: width(input),
      output: width(output),
      states: states.map((state) => ({ ...state, width: width(state.buffer) })),
      plan: {
        dims,
        buffers,
        weights,
        sizes,
        inputBuffer: input,
        outputBuffer: output,
        ...(places.length > 0 && { places }),
      },
      weightsAt: packed.weightsAt,
      vectorsAt: packed.vectorsAt,
      tableAt: packed.tableAt,
    },
    kernels: decodeBase64(KERNELS),
    program: emitPlan(plan, { shared: false }),
    weights: packed.bytes,
  };
}

/** Parameters by the names that `joinPlans` gives them. */
function named({ layers, head }: Network): Map<string, Parameter> {
  const all = new Map<string, Parameter>();
  layers.forEach(({ parameters, gate }, i) => {
    for (const [name, parameter] of Object.entries(parameters)) all.set(`${i}.${name}`, parameter);
    if (gate === null) return;
    all.set(`${i}.highway.weight`, gate.weight);
    all.set(`${i}.highway.bias`, gate.bias!);
  });
  if (head !== null) {
    all.set("head.weight", head.weight);
    if (head.bias !== null) all.set("head.bias", head.bias);
  }
  return all;
}

/** What a state belongs to: cells, sizes and weights, but neither code nor the order in which weights are packed. */
function hashNetwork({ table, layers }: Network, parameters: ReadonlyMap<string, Parameter>): string {
  const all = table === null ? [...parameters] : [...parameters, ["table", table] as const];
  const about = {
    layers: layers.map(({ cell, dims, skip }) => {
      return { cell: cell.name, states: cell.states, dims, ...(skip !== "none" && { skip }) };
    }),
    parameters: all.map(([name, { shape }]) => [name, shape]),
  };
  const { heap } = runtime();
  const hashes = all.map(([, { ptr, size }]) => hashBytes(heap.u8(ptr, size * 4)));
  return hashBytes(new TextEncoder().encode(JSON.stringify([about, hashes])));
}
