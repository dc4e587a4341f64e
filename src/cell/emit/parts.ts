import type { Plan, Stage } from "../plan-format.js";

/** Where in a plan a stage stands. */
export type PlanSection = "hoist" | "forward" | "backward" | "sink";

/** What a probe can tell apart: the matrix products of a stage, or its calls and passes. */
export interface PlanPart {
  readonly section: PlanSection;
  /** Place of the stage in its section. */
  readonly index: number;
  readonly stage: Stage;
  readonly work: "products" | "passes";
}

/** The parts of a plan that do anything, in the order in which they run; a probe calls them by their place here. */
export function planParts(plan: Plan): PlanPart[] {
  const sections = ["hoist", "forward", "backward", "sink"] as const;
  return sections.flatMap((section) =>
    plan[section].flatMap((stage, index): PlanPart[] => [
      ...(stage.matmuls.length > 0 ? [{ section, index, stage, work: "products" as const }] : []),
      ...(stage.passes.length + (stage.calls ?? []).length > 0
        ? [{ section, index, stage, work: "passes" as const }]
        : []),
    ]),
  );
}
