/** What can be streamed, and the check that it really is all of the network. */
import type { CellDefinition } from "../../cell/index.js";
import { streamNet } from "../../errors.js";
import { Embedding, Linear, Module, Recurrent } from "../../nn/index.js";
import type { Parameter } from "../../tensor/index.js";

/**
 * A network with these parts, which it applies in this order; a `CharLanguageModel` is one. Dropout between them does
 * not matter: a stream computes the expectation.
 */
export interface StreamParts {
  /** Turns tokens into rows; without it the inputs are rows of numbers. */
  readonly embedding?: Embedding | null;
  /** One stack, or several on top of each other, of any cells. */
  readonly recurrent: Recurrent | readonly Recurrent[];
  /** A linear layer on the output of the last. */
  readonly output?: Linear | null;
}

const GIVE = "Give a Recurrent, or { embedding?, recurrent, output? }.";

/** The parts of a network, checked. */
export interface Network {
  readonly table: Parameter | null;
  readonly layers: readonly NetworkLayer[];
  readonly head: { readonly weight: Parameter; readonly bias: Parameter | null } | null;
}

export interface NetworkLayer {
  readonly cell: CellDefinition;
  readonly dims: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/**
 * Find the parts of a network.
 *
 * Errors: `E_STREAM_NET` for both directions, float64, widths that do not meet, and for a module with parameters
 * outside its parts, since a stream would leave out what they do.
 */
export function networkOf(net: Recurrent | StreamParts): Network {
  if (typeof net !== "object" || net === null) throw streamNet(`expected a network, received ${String(net)}`, GIVE);
  const { embedding = null, recurrent, output = null } = net instanceof Recurrent ? { recurrent: net } : net;
  const stacks: readonly Recurrent[] =
    recurrent instanceof Recurrent ? [recurrent] : Array.isArray(recurrent) ? recurrent : [];
  if (stacks.length === 0 || !stacks.every((stack) => stack instanceof Recurrent)) {
    throw streamNet("the network has no recurrent layers", GIVE);
  }
  if (embedding !== null && !(embedding instanceof Embedding)) throw streamNet("embedding is no Embedding", GIVE);
  if (output !== null && !(output instanceof Linear)) throw streamNet("output is no Linear layer", GIVE);
  const parts: Module[] = [...stacks];
  if (embedding !== null) parts.push(embedding);
  if (output !== null) parts.push(output);
  if (net instanceof Module) checkComplete(net, parts);
  for (const { options, cell } of stacks) {
    if (cell.inputs.length > 0) {
      const names = cell.inputs.map(({ name }) => name).join(", ");
      throw streamNet(
        `the ${cell.name} has inputs beside x: ${names}`,
        "A stream is fed x alone: step the network itself.",
      );
    }
    if (options.bidirectional || options.reverse) {
      const todo =
        "The reverse direction starts at the end of a sequence, which a stream never sees: use one direction.";
      throw streamNet(`the ${cell.name} runs in ${options.reverse ? "reverse" : "both directions"}`, todo);
    }
  }
  const wide = parts.flatMap((part) => part.parameters()).find(({ dtype }) => dtype !== "f32");
  if (wide !== undefined) {
    throw streamNet(
      `parameters are ${wide.dtype}`,
      "Streams compute in float32: load the weights into a float32 network.",
    );
  }
  // A stream draws no masks: it plays what each layer computes without randomness.
  const layers = stacks.flatMap(({ expectation: cell, stack }) =>
    stack.map(({ dims, parameters }) => ({ cell, dims, parameters })),
  );
  checkWidths(embedding, layers, output);
  return { table: embedding?.weight ?? null, layers, head: output };
}

function checkComplete(net: Module, parts: readonly Module[]): void {
  const known = new Set(parts.flatMap((part) => part.parameters()));
  const left = Array.from(net.namedParameters()).filter(([, parameter]) => !known.has(parameter));
  if (left.length === 0) return;
  const names = left.map(([name]) => name).join(", ");
  const todo =
    "Hand the parts that are to be streamed in as { embedding?, recurrent, output? }, and do the rest yourself.";
  throw streamNet(`${names} lie outside its embedding, recurrent and output`, todo);
}

function checkWidths(embedding: Embedding | null, layers: readonly NetworkLayer[], output: Linear | null): void {
  let [width, from] = embedding === null ? [layers[0].dims.input, ""] : [embedding.weight.shape[1], "the embedding"];
  layers.forEach(({ cell, dims }, i) => {
    if (dims.input !== width) {
      throw streamNet(`${from} gives ${width} numbers, layer ${i} takes ${dims.input}`, "Make the widths equal.");
    }
    [width, from] = [dims[cell.outputDim], `layer ${i}`];
  });
  if (output !== null && output.weight.shape[1] !== width) {
    const todo = "Make the widths equal.";
    throw streamNet(`${from} gives ${width} numbers, the output layer takes ${output.weight.shape[1]}`, todo);
  }
}
