import { invalidValue } from "../errors.js";
import { type AdamRecord, type Kernels, pow, type ScaledGradient, writeAdam } from "../runtime/index.js";
import { type CommonSettings, type Learned, Optimizer, type Slot } from "./optimizer.js";
import { checkRange, complete } from "./settings.js";
import { withTable } from "./table.js";

/** Settings of `Adam` and `AdamW`. */
export interface AdamSettings extends CommonSettings {
  /** Shares kept of the moving means of gradients and of squared gradients (default [0.9, 0.999]). */
  readonly betas: readonly [beta1: number, beta2: number];
  /** Added to the root of the squared mean (default 1e-8). */
  readonly eps: number;
  /** `Adam`: factor of the parameter added to its gradient (default 0). `AdamW`: share by which lr shrinks it (default 0.01). */
  readonly weightDecay: number;
  /**
   * Of tables of which few rows were used (`Embedding`), update only the rows that occurred (default false: all rows, those
   * that did not occur with a gradient of 0). What else it changes stands at `Adam`.
   */
  readonly lazy: boolean;
}

const DEFAULTS: AdamSettings = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, lazy: false };

/** What Adam and AdamW share; they differ in where the weight decay acts. */
abstract class AdamFamily extends Optimizer<AdamSettings, AdamRecord> {
  readonly #decoupled: boolean;

  protected constructor(
    name: string,
    decoupled: boolean,
    learned: Learned<AdamSettings>,
    defaults: AdamSettings,
    options: Partial<AdamSettings>,
  ) {
    super(name, ["exp_avg", "exp_avg_sq"], learned, complete(name, defaults, options), (settings) => {
      checkRange(name, "lr", settings.lr);
      checkRange(name, "betas[0]", settings.betas[0], 0, 1);
      checkRange(name, "betas[1]", settings.betas[1], 0, 1);
      checkRange(name, "eps", settings.eps);
      checkRange(name, "weightDecay", settings.weightDecay);
      if (settings.lazy && settings.weightDecay !== 0) {
        throw invalidValue(
          name,
          "weightDecay",
          "0 with lazy: true, since rows that do not occur would not decay",
          settings.weightDecay,
        );
      }
    });
    this.#decoupled = decoupled;
  }

  protected override rowsOnly({ lazy }: AdamSettings): boolean {
    return lazy;
  }

  protected record({ settings, memory, steps }: Slot<AdamSettings>, update: ScaledGradient): AdamRecord {
    const { eps, weightDecay, lazy } = settings;
    const [beta1, beta2] = settings.betas;
    const biasCorrection2 = 1 - pow(beta2, steps);
    return {
      ...update,
      mean: memory[0].ptr,
      square: memory[1].ptr,
      beta1,
      beta2,
      // √v + eps over √bc₂ where the dense form has √v / √bc₂ + eps.
      eps: lazy ? eps / Math.sqrt(biasCorrection2) : eps,
      weightDecay,
      decoupled: this.#decoupled,
      biasCorrection1: 1 - pow(beta1, steps),
      biasCorrection2,
      lazy,
    };
  }

  protected update(kernels: Kernels, records: readonly AdamRecord[]): void {
    withTable(records, writeAdam, (table) => kernels.adam(table, records.length));
  }
}

/**
 * Adam, PyTorch's form (ε after the bias correction).
 *
 *   g ← grad·gradScale + weightDecay·p
 *   m ← m + (1 − β₁)(g − m),  v ← β₂·v + (1 − β₂)·g²
 *   p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps)
 *
 * The gradient of an `Embedding` is kept in rows, those that occurred; rows that did not are updated with g = 0, since m
 * moves them still. With `lazy: true` they are passed over, m and v included, which for large tables is much less work,
 * and ε comes before the bias correction; that is torch.optim.SparseAdam:
 *
 *   p[v] ← p[v] − lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m[v] / (√v[v] + eps)   for the rows v that occurred
 *
 * t counts the updates of the parameter, not of the row. Parameters with a whole gradient have all rows occurring.
 *
 * Errors: `E_VALUE`, `E_OPTION`; `E_PARAMETERS` for no parameters or one given twice.
 *
 * @see https://arxiv.org/abs/1412.6980
 */
export class Adam extends AdamFamily {
  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; lr 1e-3, betas 0.9 and 0.999, eps 1e-8, no weight decay
   */
  constructor(learned: Learned<AdamSettings>, options: Partial<AdamSettings> = {}) {
    super("Adam", false, learned, DEFAULTS, options);
  }
}

/**
 * AdamW: Adam whose weight decay does not pass through the moving means; before each update p ← p − lr·weightDecay·p.
 *
 * Errors: as `Adam`.
 *
 * @see https://arxiv.org/abs/1711.05101
 */
export class AdamW extends AdamFamily {
  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; as `Adam`, with a weight decay of 0.01
   */
  constructor(learned: Learned<AdamSettings>, options: Partial<AdamSettings> = {}) {
    super("AdamW", true, learned, { ...DEFAULTS, weightDecay: 0.01 }, options);
  }
}
