/** Plans as WebAssembly. */
export { emitPlan, type EmitOptions } from "./emit-plan.js";
