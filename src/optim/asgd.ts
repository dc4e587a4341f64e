import { invalidValue } from "../errors.js";
import { type Kernels, pow, type ScaledGradient, type SgdRecord, writeSgd } from "../runtime/index.js";
import type { Observation } from "./adaptive-schedules.js";
import { type CommonSettings, type Learned, Optimizer, type Slot } from "./optimizer.js";
import { checkRange, complete } from "./settings.js";
import { withTable } from "./table.js";

/** Settings of `ASGD`. */
export interface ASGDSettings extends CommonSettings {
  /** Shrinks the parameter by lambd·lr at every update, and the learning rate over time (default 1e-4). */
  readonly lambd: number;
  /** Power with which the learning rate falls (default 0.75). */
  readonly alpha: number;
  /** Updates after which averaging begins (default 1e6); not with `nonMonotone`. */
  readonly t0: number;
  /** Factor of the parameter added to its gradient (default 0). */
  readonly weightDecay: number;
}

const DEFAULTS: ASGDSettings = { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0 };

/** When averaging begins by what validations find. */
export interface Trigger {
  /**
   * Begin with the first validation that is worse than the best of all but the last n; lambd is then 0 unless given.
   * Merity's n is 5.
   */
  readonly nonMonotone?: number;
}

/**
 * Averaged stochastic gradient descent, PyTorch's form: the model is the mean of the weights since averaging began.
 *
 *   g ← grad·gradScale + weightDecay·p
 *   η = lr / (1 + lambd·lr·(n − 1))^alpha      at the n-th update
 *   p ← p·(1 − lambd·η) − η·g
 *   a ← a + (p − a)·μ,   μ = 1 / max(1, n − 1 − t0)
 *
 * PyTorch's η is the one that the learning rate of the update before gives; here it follows a schedule at once.
 * With `nonMonotone` it is plain SGD until validations cease to improve, and then averages as from t0 = 0: Merity, Keskar
 * and Socher's NT-ASGD. Tell it of validations by `observe`, and use the averages by `swapAverages`; `train` does both.
 *
 * Errors: `E_VALUE`, `E_OPTION`; `E_PARAMETERS` for no parameters or one given twice.
 *
 * @see https://arxiv.org/abs/1708.02182
 */
export class ASGD extends Optimizer<ASGDSettings, SgdRecord> {
  readonly #nonMonotone: number | null;
  /** What validations found, while they decide. */
  #found: Observation[] = [];
  /** Updates made when validations had averaging begin. */
  #triggered: number | null = null;

  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; lr 0.01, lambd 1e-4, alpha 0.75, t0 1e6, no weight decay
   */
  constructor(learned: Learned<ASGDSettings>, options: Partial<ASGDSettings> & Trigger = {}) {
    const { nonMonotone, ...given } = options;
    const defaults = nonMonotone === undefined ? DEFAULTS : { ...DEFAULTS, lambd: 0 };
    super("ASGD", ["ax"], learned, complete("ASGD", defaults, given), (settings) => {
      for (const name of ["lr", "lambd", "alpha", "t0", "weightDecay"] as const)
        checkRange("ASGD", name, settings[name]);
    });
    if (nonMonotone !== undefined && !(Number.isSafeInteger(nonMonotone) && nonMonotone >= 1)) {
      throw invalidValue("ASGD", "nonMonotone", "a whole number from 1", nonMonotone);
    }
    this.#nonMonotone = nonMonotone ?? null;
  }

  override get averaging(): boolean {
    return this.slots.some((slot) => this.#averages(slot));
  }

  #averages(slot: Slot<ASGDSettings>): boolean {
    const begin = this.#begin(slot);
    // Before the first update that is averaged the average is nothing, and the weights stand for it.
    return begin !== null && slot.steps > begin;
  }

  /** Updates of a parameter after which averaging begins; null while nobody knows. */
  #begin({ settings }: Slot<ASGDSettings>): number | null {
    return this.#nonMonotone === null ? settings.t0 : this.#triggered;
  }

  override swapAverages(): void {
    for (const slot of this.slots) {
      if (!this.#averages(slot)) continue;
      const { parameter, memory } = slot;
      const average = memory[0].data().slice() as Float32Array;
      memory[0].set(parameter.data());
      parameter.set(average);
    }
  }

  override observe({ value, better }: Observation): void {
    const n = this.#nonMonotone;
    if (n === null || this.#triggered !== null) return;
    const before = this.#found.slice(0, -n || undefined).map((found) => found.value);
    const worse = better === "lower" ? value > Math.min(...before) : value < Math.max(...before);
    if (this.#found.length > n && worse) this.#triggered = Math.max(...this.slots.map(({ steps }) => steps));
    this.#found.push({ value, better });
  }

  protected override memoryOfItsOwn(): Readonly<Record<string, unknown>> {
    return { triggered: this.#triggered, found: this.#found };
  }

  protected override loadOwn({ triggered, found }: Readonly<Record<string, unknown>>): void {
    this.#triggered = (triggered as number | null) ?? null;
    this.#found = (found as Observation[] | undefined) ?? [];
  }

  protected record(slot: Slot<ASGDSettings>, update: ScaledGradient): SgdRecord {
    const { lambd, alpha, weightDecay } = slot.settings;
    const before = slot.steps - 1;
    const lr = lambd === 0 ? update.lr : update.lr / pow(1 + lambd * update.lr * before, alpha);
    // p·(1 − lambd·η) − η·(g + decay·p) is plain descent with both decays.
    const plain = { buffer: 0, momentum: 0, dampening: 0, nesterov: false, first: false };
    return { ...update, lr, weightDecay: weightDecay + lambd, ...plain };
  }

  protected update(kernels: Kernels, records: readonly SgdRecord[]): void {
    withTable(records, writeSgd, (table) => kernels.sgd(table, records.length));
    const moved = new Set(records.map(({ parameter }) => parameter));
    for (const slot of this.slots) {
      const { parameter, memory, steps } = slot;
      if (!moved.has(parameter.ptr) || !this.#averages(slot)) continue;
      const { ptr, size } = parameter;
      const average = memory[0].ptr;
      const mu = 1 / Math.max(1, steps - 1 - this.#begin(slot)!);
      if (mu === 1) kernels.copy(average, ptr, size);
      else {
        kernels.scale(average, 1 - mu, average, size);
        kernels.axpy(average, mu, ptr, size);
      }
    }
  }
}
