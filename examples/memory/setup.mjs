// What the programs beside this one share: options from the command line, and the training loop.
import { parseArgs } from "node:util";
import { HiddenstateError, scope } from "hiddenstate";
import { Adam, clipGradNorm, cosine } from "hiddenstate/optim";

/** One line of what is wrong with the command line, and the end. */
export function stop(message) {
  console.error(message);
  process.exit(2);
}

// What the library finds wrong with a number that was asked for is the answer to a command line, not a crash.
process.on("uncaughtException", (error) => {
  if (error instanceof HiddenstateError) stop(error.message);
  console.error(error);
  process.exit(1);
});

const FRACTIONS = ["lr", "dropout"];

/** Options with these defaults, `--name value` each; a default that is a number makes its option one, from 0. */
export function options(defaults) {
  const known = Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: String(value) }]);
  // `--delay -1` is a number that is too small, and no option without a value.
  const args = process.argv
    .slice(2)
    .join("\0")
    .replace(/(^|\0)(--[^=\0]+)\0(?=-\d)/g, "$1$2=")
    .split("\0");
  if (args.includes("--help") || args.includes("-h")) {
    console.log(
      `Options: ${Object.entries(defaults)
        .map(([name, value]) => `--${name} ${value}`)
        .join(" ")}`,
    );
    process.exit(0);
  }
  let values;
  try {
    values = parseArgs({ args: args.filter((arg) => arg !== ""), options: Object.fromEntries(known) }).values;
  } catch ({ message }) {
    stop(
      `${message.split("\n")[0].replace(/\.$/, "")}. Known: ${Object.keys(defaults)
        .map((name) => `--${name}`)
        .join(", ")}.`,
    );
  }
  const read = (name, text) => {
    if (typeof defaults[name] !== "number") return text;
    const [value, whole] = [Number(text), !FRACTIONS.includes(name)];
    if (text.trim() !== "" && value >= 0 && value < Infinity && (!whole || Number.isInteger(value))) return value;
    return stop(`--${name} must be a ${whole ? "whole " : ""}number from 0, received "${text}".`);
  };
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, read(name, text)]));
}

/** The entry of this name; without one, says which there are and ends. */
export function chosen(table, name) {
  if (Object.hasOwn(table, name)) return table[name];
  return stop(`There is no cell "${name}" here. Known: ${Object.keys(table).join(", ")}.`);
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
