import { type AdadeltaRecord, type Kernels, type ScaledGradient, writeAdadelta } from "../runtime/index.js";
import { type CommonSettings, type Learned, Optimizer, type Slot } from "./optimizer.js";
import { checkRange, complete } from "./settings.js";
import { withTable } from "./table.js";

/** Settings of `Adadelta`. */
export interface AdadeltaSettings extends CommonSettings {
  /** Share kept of the moving means of squared gradients and squared updates (default 0.9). */
  readonly rho: number;
  /** Added to both means under their roots (default 1e-6). */
  readonly eps: number;
  /** Factor of the parameter added to its gradient (default 0). */
  readonly weightDecay: number;
}

const DEFAULTS: AdadeltaSettings = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 };

/**
 * Adadelta, PyTorch's form.
 *
 *   g ← grad·gradScale + weightDecay·p
 *   s ← rho·s + (1 − rho)·g²
 *   u ← g · √(d + eps) / √(s + eps)
 *   d ← rho·d + (1 − rho)·u²
 *   p ← p − lr·u
 *
 * Errors: `E_VALUE`, `E_OPTION`; `E_PARAMETERS` for no parameters or one given twice.
 *
 * @see https://arxiv.org/abs/1212.5701
 */
export class Adadelta extends Optimizer<AdadeltaSettings, AdadeltaRecord> {
  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; lr 1, rho 0.9, eps 1e-6, no weight decay
   */
  constructor(learned: Learned<AdadeltaSettings>, options: Partial<AdadeltaSettings> = {}) {
    super("Adadelta", ["square_avg", "acc_delta"], learned, complete("Adadelta", DEFAULTS, options), (settings) => {
      for (const name of ["lr", "eps", "weightDecay"] as const) checkRange("Adadelta", name, settings[name]);
      checkRange("Adadelta", "rho", settings.rho, 0, 1);
    });
  }

  protected record({ settings, memory }: Slot<AdadeltaSettings>, update: ScaledGradient): AdadeltaRecord {
    const { rho, eps, weightDecay } = settings;
    return { ...update, weightDecay, square: memory[0].ptr, delta: memory[1].ptr, rho, eps };
  }

  protected update(kernels: Kernels, records: readonly AdadeltaRecord[]): void {
    withTable(records, writeAdadelta, (table) => kernels.adadelta(table, records.length));
  }
}
