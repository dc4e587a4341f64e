// What the programs beside this one share: options from the command line, and the training loop.
import { parseArgs } from "node:util";
import { scope } from "hiddenstate";
import { Adam, clipGradNorm, cosine } from "hiddenstate/optim";

/** Options with these defaults, `--name value` each; a default that is a number makes its option one. */
export function options(defaults) {
  const known = Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: String(value) }]);
  const { values } = parseArgs({ options: Object.fromEntries(known) });
  const read = (name, text) => (typeof defaults[name] === "number" ? Number(text) : text);
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, read(name, text)]));
}

/** The entry of this name; without one, says which there are and ends. */
export function chosen(table, name) {
  if (Object.hasOwn(table, name)) return table[name];
  console.error(`There is no cell "${name}" here. Known: ${Object.keys(table).join(", ")}.`);
  process.exit(2);
}

/**
 * Adam on groups of parameters, the gradient's norm at most 1, the learning rate falling to 0 along a cosine.
 * `loss(step)` makes the loss of a fresh batch; what it reaches is told ten times, as the mean since last told.
 */
export function train({ groups, lr, steps, loss }) {
  const optimizer = new Adam(groups, { lr });
  const parameters = groups.flatMap((group) => group.parameters);
  const decay = cosine({ steps });
  const every = Math.ceil(steps / 10);
  for (let step = 1, sum = 0; step <= steps; step++) {
    sum += scope(() => {
      const value = loss(step);
      optimizer.zeroGrad();
      value.backward();
      optimizer.step({ gradScale: clipGradNorm(parameters, 1).scale, lrScale: decay(step - 1) });
      return value.item();
    });
    if (step % every > 0) continue;
    console.log(`step ${step}  loss ${(sum / every).toPrecision(4)}`);
    sum = 0;
  }
}
