import { type Kernels, type RmspropRecord, type ScaledGradient, writeRmsprop } from "../runtime/index.js";
import { type CommonSettings, type Learned, Optimizer, type Slot } from "./optimizer.js";
import { checkRange, complete } from "./settings.js";
import { withTable } from "./table.js";

/** Settings of `RMSprop`. */
export interface RMSpropSettings extends CommonSettings {
  /** Share kept of the moving mean of squared gradients (default 0.99). */
  readonly alpha: number;
  /** Added to the root of that mean (default 1e-8). */
  readonly eps: number;
  /** Divide by the deviation of the gradients rather than by their size (default false). */
  readonly centered: boolean;
  /** Share of the moving sum of updates that is kept (default 0: none is kept). */
  readonly momentum: number;
  /** Factor of the parameter added to its gradient (default 0). */
  readonly weightDecay: number;
}

const DEFAULTS: RMSpropSettings = { lr: 1e-2, alpha: 0.99, eps: 1e-8, centered: false, momentum: 0, weightDecay: 0 };

/**
 * RMSprop, PyTorch's form (ε outside the root).
 *
 *   g ← grad·gradScale + weightDecay·p
 *   s ← alpha·s + (1 − alpha)·g²,  m ← alpha·m + (1 − alpha)·g
 *   u ← g / (√s + eps), centered: g / (√(s − m²) + eps)
 *   p ← p − lr·(u without momentum, else b ← momentum·b + u)
 *
 * Errors: `E_VALUE`, `E_OPTION`; `E_PARAMETERS` for no parameters or one given twice.
 *
 * @see https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 */
export class RMSprop extends Optimizer<RMSpropSettings, RmspropRecord> {
  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; lr 0.01, alpha 0.99, eps 1e-8, all else off
   */
  constructor(learned: Learned<RMSpropSettings>, options: Partial<RMSpropSettings> = {}) {
    const settings = complete("RMSprop", DEFAULTS, options);
    const groups = [...(learned as Iterable<object>)];
    // Known before the groups are: what any parameter needs.
    const all = [settings, ...(groups as Partial<RMSpropSettings>[])];
    const moving = all.some(({ momentum }) => (momentum ?? 0) !== 0);
    const centered = all.some(({ centered }) => centered === true);
    const memory = ["square_avg", ...(centered ? ["grad_avg"] : []), ...(moving ? ["momentum_buffer"] : [])];
    super("RMSprop", memory, groups as Iterable<never>, settings, (own) => {
      for (const name of ["lr", "eps", "momentum", "weightDecay"] as const) checkRange("RMSprop", name, own[name]);
      checkRange("RMSprop", "alpha", own.alpha, 0, 1);
    });
  }

  protected record({ settings, memory }: Slot<RMSpropSettings>, update: ScaledGradient): RmspropRecord {
    const [square, ...more] = memory.map(({ ptr }) => ptr);
    // One array behind the first may be either; with both the means come first. What is not read may be anything.
    return { ...update, ...settings, lr: update.lr, square, mean: more[0] ?? 0, buffer: more.at(-1) ?? 0 };
  }

  protected update(kernels: Kernels, records: readonly RmspropRecord[]): void {
    withTable(records, writeRmsprop, (table) => kernels.rmsprop(table, records.length));
  }
}
