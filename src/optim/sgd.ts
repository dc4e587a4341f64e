import { invalidValue } from "../errors.js";
import { type Kernels, type SgdRecord, type ScaledGradient, writeSgd } from "../runtime/index.js";
import { type CommonSettings, type Learned, Optimizer, type Slot } from "./optimizer.js";
import { checkRange, complete } from "./settings.js";
import { withTable } from "./table.js";

/** Settings of `SGD`. */
export interface SGDSettings extends CommonSettings {
  /** Share of the moving sum of gradients that is kept (default 0: none is kept). */
  readonly momentum: number;
  /** Share of a new gradient that does not enter the moving sum (default 0). */
  readonly dampening: number;
  /** Look ahead along the momentum (default false). */
  readonly nesterov: boolean;
  /** Factor of the parameter added to its gradient (default 0). */
  readonly weightDecay: number;
}

const DEFAULTS: SGDSettings = { lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 };

/**
 * Stochastic gradient descent, PyTorch's form.
 *
 *   g ← grad·gradScale + weightDecay·p
 *   b ← g at the first update, else momentum·b + (1 − dampening)·g
 *   p ← p − lr·(g + momentum·b with nesterov, b with momentum, g without)
 *
 * Errors: `E_VALUE`, `E_OPTION`; `E_PARAMETERS` for no parameters or one given twice.
 *
 * @see https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<SGDSettings, SgdRecord> {
  /**
   * @param learned parameters, or groups of them with settings of their own
   * @param options settings; lr 1e-3, all else off
   */
  constructor(learned: Learned<SGDSettings>, options: Partial<SGDSettings> = {}) {
    const settings = complete("SGD", DEFAULTS, options);
    const groups = [...(learned as Iterable<object>)];
    // Known before the groups are: whether any parameter needs a buffer.
    const moving = [settings, ...(groups as Partial<SGDSettings>[])].some(({ momentum }) => (momentum ?? 0) !== 0);
    super("SGD", moving ? ["momentum_buffer"] : [], groups as Iterable<never>, settings, checkSGD);
  }

  protected record({ settings, memory, steps }: Slot<SGDSettings>, update: ScaledGradient): SgdRecord {
    const { momentum, dampening, nesterov, weightDecay } = settings;
    const buffer = memory.length > 0 ? memory[0].ptr : 0;
    return { ...update, weightDecay, buffer, momentum, dampening, nesterov, first: steps === 1 };
  }

  protected update(kernels: Kernels, records: readonly SgdRecord[]): void {
    withTable(records, writeSgd, (table) => kernels.sgd(table, records.length));
  }
}

function checkSGD({ lr, momentum, dampening, nesterov, weightDecay }: SGDSettings): void {
  checkRange("SGD", "lr", lr);
  checkRange("SGD", "momentum", momentum);
  checkRange("SGD", "weightDecay", weightDecay);
  if (!Number.isFinite(dampening)) throw invalidValue("SGD", "dampening", "a finite number", dampening);
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw invalidValue("SGD", "nesterov", "false without momentum or with dampening", nesterov);
  }
}
