import type { CellDefinition } from "../cell/index.js";
import type { Judge } from "./contract-judge.js";

/** What every contract check receives. */
export interface CheckContext {
  readonly cell: CellDefinition;
  readonly dtype: "f32" | "f64";
  /** Largest accepted distance between float32 and float64, where rounding explains no more. */
  readonly machines: number;
  /** Largest accepted distance between sums that are added in another order. */
  readonly tolerance: number;
  readonly judge: Judge;
}
