/**
 * Module: something with parameters and a name for each.
 *
 * Parameters are found, not registered: every own property that is a Parameter, a Module, or an array or record of
 * them counts, in the order in which it was assigned; names join with dots, as PyTorch's state dicts do.
 */
import { notOptions, stateDictMismatch } from "../errors.js";
import { Parameter, Tensor } from "../tensor/index.js";

export abstract class Module {
  /** All parameters with their state-dict names. */
  *namedParameters(prefix = ""): IterableIterator<[name: string, parameter: Parameter]> {
    for (const [key, value] of Object.entries(this)) yield* parametersIn(value, prefix + key);
  }

  /** All parameters, in the order of their names' appearance. */
  parameters(): Parameter[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter);
  }

  /** Number of trained numbers. */
  get parameterCount(): number {
    return this.parameters().reduce((sum, { size }) => sum + size, 0);
  }

  /** The parameters as a record from name to tensor (not copies). */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.namedParameters());
  }

  /**
   * Overwrite the parameters with `values`, numbers or tensors by name, another module's `stateDict()` among them: exactly these
   * names, exactly these sizes.
   *
   * Errors: `E_STATE_DICT` naming what is missing, left over or of another size; nothing is changed then.
   */
  loadStateDict(values: Readonly<Record<string, ArrayLike<number> | Tensor>>): this {
    const own = new Map(this.namedParameters());
    const who = this.constructor.name;
    if (typeof values !== "object" || values === null)
      throw notOptions(`${who}.loadStateDict`, [...own.keys()], values);
    const sizeOf = (name: string): number | undefined => {
      const value = values[name] as ArrayLike<number> | Tensor | null | undefined;
      return value instanceof Tensor ? value.size : value?.length;
    };
    const missing = [...own.keys()].filter((name) => !(name in values));
    const extra = Object.keys(values).filter((name) => !own.has(name));
    const wrong = [...own].filter(([name, p]) => name in values && sizeOf(name) !== p.size);
    if (missing.length + extra.length + wrong.length > 0) {
      const sizes = wrong.map(
        ([name, p]) => `${name} (expected [${p.shape.join(", ")}], received ${sizeOf(name) ?? "no"} numbers)`,
      );
      throw stateDictMismatch(who, missing, extra, sizes);
    }
    for (const [name, parameter] of own) {
      const value = values[name];
      parameter.set(value instanceof Tensor ? value.data() : value);
    }
    return this;
  }
}

function* parametersIn(value: unknown, name: string): IterableIterator<[string, Parameter]> {
  if (value instanceof Parameter) yield [name, value];
  else if (value instanceof Module) yield* value.namedParameters(`${name}.`);
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* parametersIn(item, `${name}.${i}`);
}
