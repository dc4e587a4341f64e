import { invalidValue, noParameters, optimizerState, repeatedParameter } from "../errors.js";
import { type FloatType, type Kernels, runtime, type ScaledGradient } from "../runtime/index.js";
import { Parameter, storedGradient } from "../tensor/index.js";
import type { Observation } from "./adaptive-schedules.js";
import { applyState, type OptimizerState, snapshot } from "./optimizer-state.js";
import { complete } from "./settings.js";

/** Parameters that share settings; a setting left out is the optimizer's own. */
export type ParameterGroup<Settings> = { readonly parameters: Iterable<Parameter> } & Partial<Settings>;

/** What is learned, as a list or in groups. */
export type Learned<Settings> = Iterable<Parameter> | Iterable<ParameterGroup<Settings>>;

/** Every optimizer has a learning rate. */
export interface CommonSettings {
  /** Learning rate. */
  readonly lr: number;
}

/** How one update differs from the optimizer's settings. */
export interface StepOptions {
  /** Factor on every gradient, e.g. the `scale` of `clipGradNorm`: read in the same pass (default 1). */
  readonly gradScale?: number;
  /** Factor on every learning rate, e.g. a schedule's value (default 1). */
  readonly lrScale?: number;
}

/** A parameter with what the optimizer remembers of it. */
export interface Slot<Settings> {
  readonly parameter: Parameter;
  readonly settings: Settings;
  /** Persistent arrays of the parameter's shape, zero at first, in the order of `memory`. */
  readonly memory: readonly Parameter[];
  /** Updates made so far. */
  steps: number;
}

/**
 * What all optimizers share: parameters in groups, their memory, saving and loading.
 *
 * As in PyTorch a parameter without a gradient is passed over, and each counts its own updates. Memory stands in the
 * persistent heap from construction on.
 */
export abstract class Optimizer<Settings extends CommonSettings, Record extends ScaledGradient = ScaledGradient> {
  /** The optimizer's name in errors and in saved states. */
  readonly name: string;
  protected readonly slots: readonly Slot<Settings>[];
  readonly #memory: readonly string[];

  /**
   * @param name its name in errors and in saved states
   * @param memory names of the arrays kept for each parameter
   * @param learned parameters, or groups of them
   * @param settings complete settings; a group may override each
   * @param check throws for settings out of range
   */
  protected constructor(
    name: string,
    memory: readonly string[],
    learned: Learned<Settings>,
    settings: Settings,
    check: (settings: Settings) => void,
  ) {
    this.name = name;
    this.#memory = memory;
    const seen = new Set<Parameter>();
    const slots: Slot<Settings>[] = [];
    for (const { parameters, ...overrides } of groupsOf(learned)) {
      const own = complete(name, settings, overrides as unknown as Partial<Settings>);
      check(own);
      for (const parameter of parameters) {
        if (seen.has(parameter)) throw repeatedParameter(name, parameter.name ?? `number ${slots.length}`);
        seen.add(parameter);
        slots.push({ parameter, settings: own, memory: memory.map(() => blank(parameter)), steps: 0 });
      }
    }
    if (slots.length === 0) throw noParameters(name);
    this.slots = slots;
  }

  /** Learning rate of the first group. */
  get lr(): number {
    return this.slots[0].settings.lr;
  }

  /** Move every parameter that has a gradient by one update. Errors: `E_VALUE` for a scale that is no number. */
  step({ gradScale = 1, lrScale = 1 }: StepOptions = {}): void {
    if (Number.isNaN(gradScale)) throw invalidValue(`${this.name}.step`, "gradScale", "a number", gradScale);
    if (!(lrScale >= 0)) throw invalidValue(`${this.name}.step`, "lrScale", "a number from 0", lrScale);
    const found: { [Type in FloatType]: Record[] } = { f32: [], f64: [] };
    for (const slot of this.slots) {
      const { parameter, settings } = slot;
      const gradient = storedGradient(parameter, this.rowsOnly(settings));
      if (gradient === null) continue;
      slot.steps++;
      const lr = settings.lr * lrScale;
      found[parameter.dtype as FloatType].push(
        this.record(slot, { ...gradient, parameter: parameter.ptr, gradScale, lr }),
      );
    }
    for (const dtype of ["f32", "f64"] as const) {
      if (found[dtype].length > 0) this.update(runtime().kernels(dtype), found[dtype]);
    }
  }

  /** Whether it keeps an average of the weights now, which is then the model (default no). */
  get averaging(): boolean {
    return false;
  }

  /** Put the averages where the weights are, and the weights where the averages were; again: back. Only while averaging. */
  swapAverages(): void {}

  /** Take notice of a validation: some optimizers follow them (default: nothing). */
  observe(_found: Observation): void {}

  /** Set every gradient to zero, keeping its memory. */
  zeroGrad(): void {
    for (const { parameter } of this.slots) parameter.zeroGrad();
  }

  /** A copy of everything that the next updates depend on, apart from parameters, gradients and settings. */
  state(): OptimizerState {
    const { arrays, scalars } = snapshot(this.name, this.#memory, this.slots);
    const own = this.memoryOfItsOwn();
    return own === null ? { arrays, scalars } : { arrays, scalars: { ...scalars, own } };
  }

  /**
   * Continue from a saved state.
   *
   * @throws E_OPTIMIZER_STATE if it is of another optimizer or of other parameters; nothing has changed then
   */
  load(state: OptimizerState): void {
    applyState(this.name, this.#memory, this.slots, state, (problem, expected, received) =>
      optimizerState(this.name, problem, expected, received),
    );
    if (state.scalars.own !== undefined) this.loadOwn(state.scalars.own);
  }

  /** What it remembers beside arrays and counts, plain JSON (default nothing). */
  protected memoryOfItsOwn(): { readonly [name: string]: unknown } | null {
    return null;
  }

  /** Go on from what `memoryOfItsOwn` gave. */
  protected loadOwn(_own: { readonly [name: string]: unknown }): void {}

  /** Whether rows that have no gradient are passed over. */
  protected rowsOnly(_settings: Settings): boolean {
    return false;
  }

  /** One update of one parameter as the kernel reads it; `slot.steps` already counts it. */
  protected abstract record(slot: Slot<Settings>, update: ScaledGradient): Record;

  /** All updates of one float type, in one call. */
  protected abstract update(kernels: Kernels, records: readonly Record[]): void;
}

/** Like `parameter`, zero, and persistent also when made within a scope: a `Parameter` for its memory. */
function blank(parameter: Parameter): Parameter {
  return new Parameter(parameter.shape, undefined, { dtype: parameter.dtype });
}

function groupsOf<Settings>(learned: Learned<Settings>): ParameterGroup<Settings>[] {
  const loose: Parameter[] = [];
  const groups: ParameterGroup<Settings>[] = [];
  for (const item of learned) {
    if (item instanceof Parameter) loose.push(item);
    else groups.push(item);
  }
  const plain = { parameters: loose } as unknown as ParameterGroup<Settings>;
  return loose.length > 0 ? [plain, ...groups] : groups;
}
