import type { CellDefinition } from "../cell/index.js";
import type { Judge } from "./contract-judge.js";

/** What every contract check receives. */
export interface CheckContext {
  readonly cell: CellDefinition;
  readonly dtype: "f32" | "f64";
  /** Largest accepted distance where two results need not have the same bits. */
  readonly tolerance: number;
  readonly judge: Judge;
}
