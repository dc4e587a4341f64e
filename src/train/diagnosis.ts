/** Why a training went wrong: what can be read from its tensors on the spot, before anything is thrown away. */
import { clipGradNorm } from "../optim/index.js";
import { runtime } from "../runtime/index.js";
import { type Parameter, scope, storedGradient, type Tensor } from "../tensor/index.js";
import type { Trainee } from "./trainee.js";

/** What was found in a training whose loss, gradient or weights are not finite. */
export interface Diagnosis {
  /** The first tensor that is not finite, in words; null if none was found. */
  readonly first: string | null;
  /** The largest finite gradients of single parameters, descending. */
  readonly gradients: readonly { readonly name: string; readonly norm: number }[];
  /** Global norms of the gradient in the steps before, the latest last. */
  readonly norms: readonly number[];
  /** Learning rate of the step. */
  readonly lr: number;
}

/** How many gradients are named. */
const NAMED = 3;

/**
 * Look for the cause: at the weights, then at what the forward pass makes of the last batch, then at the gradients.
 *
 * @param norms global norms of the gradient in the steps before
 * @param lr learning rate of the step
 */
export function diagnose(trainee: Trainee, norms: readonly number[], lr: number): Diagnosis {
  const named = trainee.parameters.map((parameter, i) => {
    return { parameter, name: trainee.names?.get(parameter) ?? parameter.name ?? `parameter ${i}` };
  });
  const gradients = named.flatMap(({ parameter, name }) => {
    const norm = gradientNorm(parameter);
    return norm === null ? [] : [{ name, norm }];
  });
  const weight = named.find(({ parameter }) => !isFinite(parameter));
  // The backward pass comes to the last ones first. Where all are bad they tell nothing: the loss was.
  const bad = gradients.filter(({ norm }) => !Number.isFinite(norm));
  const gradient = bad.length === gradients.length ? undefined : bad.at(-1);
  const first =
    weight !== undefined
      ? `the weight ${weight.name}`
      : (firstInForward(trainee, new Map(named.map(({ parameter, name }) => [parameter, name]))) ??
        (gradient === undefined ? null : `the gradient of ${gradient.name}`));
  const largest = gradients.filter(({ norm }) => Number.isFinite(norm)).sort((a, b) => b.norm - a.norm);
  return { first, gradients: largest.slice(0, NAMED), norms, lr };
}

function isFinite(tensor: Tensor): boolean {
  if (tensor.dtype === "i32") return true;
  return Number.isFinite(runtime().kernels(tensor.dtype).sumSquares(tensor.ptr, tensor.size));
}

/** √Σ g² of one parameter; null without a gradient. */
function gradientNorm(parameter: Parameter): number | null {
  return storedGradient(parameter) === null ? null : clipGradNorm([parameter], Infinity).norm;
}

/** The first result of the forward pass over the last batch that is not finite, in words. */
function firstInForward(trainee: Trainee, names: ReadonlyMap<Tensor, string>): string | null {
  if (trainee.lossAgain === undefined) return null;
  return scope(() => {
    const loss = trainee.lossAgain!();
    const bad = [loss, ...inputsBehind(loss)].filter((tensor) => tensor.node !== null && !isFinite(tensor));
    const [first] = bad.sort((a, b) => a.node!.entry.serial - b.node!.entry.serial);
    if (first === undefined) return null;
    const { name, inputs } = first.node!.entry;
    const weights = inputs.flatMap((input) => names.get(input) ?? []);
    const made = weights.length > 0 ? ` of ${weights.join(", ")}` : "";
    return `the result of ${name}${made}, shape [${first.shape.join(", ")}]`;
  });
}

/** Every tensor that led to `root` by way of the tape. */
function inputsBehind(root: Tensor): Set<Tensor> {
  const found = new Set<Tensor>();
  const open = [root];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    for (const input of tensor.node?.entry.inputs ?? []) {
      if (found.has(input)) continue;
      found.add(input);
      open.push(input);
    }
  }
  return found;
}
