/** Every cell, one line each: adding a cell is one file and one line here. */
import type { CellDefinition } from "../../cell/index.js";
import { elman, elmanRelu } from "./elman.js";
import { gruResetBefore } from "./gru-reset-before.js";
import { gru } from "./gru.js";
import { jordan } from "./jordan.js";
import { layerNormLstm, layerNormLstmAddons, layerNormLstmFastrnns, layerNormLstmPerGate } from "./layer-norm-lstm.js";
import { lstm } from "./lstm.js";
import { peepholeLstm } from "./peephole-lstm.js";

export { elman, elmanRelu } from "./elman.js";
export { gruResetBefore } from "./gru-reset-before.js";
export { gru } from "./gru.js";
export { jordan } from "./jordan.js";
export { layerNormLstm, layerNormLstmAddons, layerNormLstmFastrnns, layerNormLstmPerGate } from "./layer-norm-lstm.js";
export { lstm } from "./lstm.js";
export { peepholeLstm } from "./peephole-lstm.js";

/** All cells by name. */
export const CELLS: Readonly<Record<string, CellDefinition>> = {
  elman,
  elmanRelu,
  gru,
  gruResetBefore,
  jordan,
  layerNormLstm,
  layerNormLstmAddons,
  layerNormLstmFastrnns,
  layerNormLstmPerGate,
  lstm,
  peepholeLstm,
};
