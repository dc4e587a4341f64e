/** Plans as WebAssembly. */
export { emitPlan, type EmitOptions } from "./emit-plan.js";
export { planParts, type PlanPart, type PlanSection } from "./parts.js";
