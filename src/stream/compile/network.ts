/** What can be streamed, and the check that it really is all of the network. */
import type { CellDefinition } from "../../cell/index.js";
import { streamNet } from "../../errors.js";
import { Embedding, Linear, Module, Recurrent, type Skip, Stack, TapeRecurrent } from "../../nn/index.js";
import type { Parameter } from "../../tensor/index.js";

/**
 * A network with these parts, which it applies in this order; a `LanguageNetwork` is one. Dropout between them does
 * not matter: a stream computes the expectation.
 */
export interface StreamParts {
  /** Turns tokens into rows; without it the inputs are rows of numbers. */
  readonly embedding?: Embedding | null;
  /** One stack of layers, of one cell or of different ones, or several on top of each other. */
  readonly recurrent: Recurrent | Stack | readonly (Recurrent | Stack)[];
  /** A linear layer on the output of the last. */
  readonly output?: Linear | null;
}

const GIVE = "Give a Recurrent, a Stack, or { embedding?, recurrent, output? }.";

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
  /** What goes past it. */
  readonly skip: Skip;
  /** t of a highway. */
  readonly gate: Linear | null;
}

/**
 * Find the parts of a network.
 *
 * Errors: `E_STREAM_NET` for both directions, float64, widths that do not meet, and for a module with parameters
 * outside its parts, since a stream would leave out what they do.
 */
export function networkOf(net: Recurrent | Stack | StreamParts): Network {
  if (typeof net !== "object" || net === null) throw streamNet(`expected a network, received ${String(net)}`, GIVE);
  const { embedding = null, recurrent, output = null } = isLayers(net) ? { recurrent: net } : net;
  const stacks: readonly unknown[] = isLayers(recurrent) ? [recurrent] : Array.isArray(recurrent) ? recurrent : [];
  if (stacks.length === 0 || !stacks.every(isLayers)) throw streamNet("the network has no recurrent layers", GIVE);
  if (embedding !== null && !(embedding instanceof Embedding)) throw streamNet("embedding is no Embedding", GIVE);
  if (output !== null && !(output instanceof Linear)) throw streamNet("output is no Linear layer", GIVE);
  const parts: Module[] = [...stacks];
  if (embedding !== null) parts.push(embedding);
  if (output !== null) parts.push(output);
  if (net instanceof Module) checkComplete(net, parts);
  const layers = stacks.flatMap((stack) =>
    stack instanceof Recurrent
      ? layersOf(stack, "none", null)
      : stack.floors.flatMap(({ layer, skip, gate }) => layersOf(layer, skip, gate)),
  );
  const wide = parts.flatMap((part) => part.parameters()).find(({ dtype }) => dtype !== "f32");
  if (wide !== undefined) {
    throw streamNet(
      `parameters are ${wide.dtype}`,
      "Streams compute in float32: load the weights into a float32 network.",
    );
  }
  checkWidths(embedding, layers, output);
  return { table: embedding?.weight ?? null, layers, head: output };
}

function isLayers(net: unknown): net is Recurrent | Stack {
  return net instanceof Recurrent || net instanceof Stack;
}

/** The layers of one cell, the skip being that of the only one. */
function layersOf(stack: Recurrent | TapeRecurrent, skip: Skip, gate: Linear | null): NetworkLayer[] {
  if (stack instanceof TapeRecurrent) {
    throw streamNet(
      "a layer is a module with a step, which is no plan",
      "Define its equations as a cell: docs/add-a-cell.md.",
    );
  }
  const { options, cell } = stack;
  if (cell.inputs.length > 0) {
    const names = cell.inputs.map(({ name }) => name).join(", ");
    throw streamNet(
      `the ${cell.name} has inputs beside x: ${names}`,
      "A stream is fed x alone: step the network itself.",
    );
  }
  if (options.bidirectional || options.reverse) {
    const todo = "The reverse direction starts at the end of a sequence, which a stream never sees: use one direction.";
    throw streamNet(`the ${cell.name} runs in ${options.reverse ? "reverse" : "both directions"}`, todo);
  }
  // A stream draws no masks: it plays what each layer computes without randomness.
  return stack.stack.map(({ dims, parameters }) => ({ cell: stack.expectation, dims, parameters, skip, gate }));
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
  layers.forEach(({ cell, dims, skip }, i) => {
    if (dims.input !== width) {
      throw streamNet(`${from} gives ${width} numbers, layer ${i} takes ${dims.input}`, "Make the widths equal.");
    }
    const own = dims[cell.outputDim];
    [width, from] = [skip === "dense" ? width + own : own, `layer ${i}`];
  });
  if (output !== null && output.weight.shape[1] !== width) {
    const todo = "Make the widths equal.";
    throw streamNet(`${from} gives ${width} numbers, the output layer takes ${output.weight.shape[1]}`, todo);
  }
}
