import { type AdagradRecord, type Kernels, type ScaledGradient, writeAdagrad } from "../runtime/index.js";
import { type CommonSettings, type Learned, Optimizer, type Slot } from "./optimizer.js";
import { checkRange, complete } from "./settings.js";
import { withTable } from "./table.js";

/** Settings of `Adagrad`. */
export interface AdagradSettings extends CommonSettings {
  /** The n-th update has the learning rate lr / (1 + (n − 1)·lrDecay) (default 0). */
  readonly lrDecay: number;
  /** What the sums of squares begin with (default 0). */
  readonly initial: number;
  /** Added to the root of the sum (default 1e-10). */
  readonly eps: number;
  /** Factor of the parameter added to its gradient (default 0). */
  readonly weightDecay: number;
}

const DEFAULTS: AdagradSettings = { lr: 1e-2, lrDecay: 0, initial: 0, eps: 1e-10, weightDecay: 0 };

/**
 * Adagrad, PyTorch's form.
 *
 *   g ← grad·gradScale + weightDecay·p
 *   s ← s + g²
 *   p ← p − lr / (1 + (n − 1)·lrDecay) · g / (√s + eps)   at the n-th update
 *
 * Errors: `E_VALUE`, `E_OPTION`; `E_PARAMETERS` for no parameters or one given twice.
 *
 * @see https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
 */
export class Adagrad extends Optimizer<AdagradSettings, AdagradRecord> {
  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; lr 0.01, eps 1e-10, all else off
   */
  constructor(learned: Learned<AdagradSettings>, options: Partial<AdagradSettings> = {}) {
    super("Adagrad", ["sum"], learned, complete("Adagrad", DEFAULTS, options), (settings) => {
      for (const name of ["lr", "lrDecay", "initial", "eps", "weightDecay"] as const) {
        checkRange("Adagrad", name, settings[name]);
      }
    });
    for (const { settings, memory } of this.slots) memory[0].data().fill(settings.initial);
  }

  protected record({ settings, memory, steps }: Slot<AdagradSettings>, update: ScaledGradient): AdagradRecord {
    const { lrDecay, eps, weightDecay } = settings;
    return { ...update, lr: update.lr / (1 + (steps - 1) * lrDecay), weightDecay, sum: memory[0].ptr, eps };
  }

  protected update(kernels: Kernels, records: readonly AdagradRecord[]): void {
    withTable(records, writeAdagrad, (table) => kernels.adagrad(table, records.length));
  }
}
