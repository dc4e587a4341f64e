/** Where initial weights come from: a rule for each published one; `initialise` applies them to a recurrent stack. */
export { chrono, type GateBias } from "./chrono.js";
export { irnn, type IrnnOptions } from "./irnn.js";
export { orthogonalFused, orthogonalPerGate } from "./orthogonal.js";
export {
  constant,
  fill,
  glorotNormal,
  glorotUniform,
  heNormal,
  type HeOptions,
  heUniform,
  identity,
  type Initialiser,
  type InitialiserTarget,
  inverseRootHidden,
  lecunNormal,
  lecunUniform,
  normal,
  type ScalingOptions,
  sparse,
  uniform,
} from "./rules.js";
