/** Every cell, one line each: adding a cell is one file and one line here. */
import type { CellDefinition } from "../../cell/index.js";
import { batchNormLstm } from "./batch-norm-lstm.js";
import { cappedLstm, coupledLstm, coupledLstmForget } from "./coupled-lstm.js";
import { elman, elmanRelu } from "./elman.js";
import { gruArticle } from "./gru-article.js";
import { gruResetBefore } from "./gru-reset-before.js";
import { gru } from "./gru.js";
import { independentRnn } from "./independent-rnn.js";
import { jordan } from "./jordan.js";
import { layerNormGru, layerNormGruArticle, layerNormGruDreamer, layerNormGruPerGate } from "./layer-norm-gru.js";
import { layerNormLstm, layerNormLstmAddons, layerNormLstmFastrnns, layerNormLstmPerGate } from "./layer-norm-lstm.js";
import { lstm } from "./lstm.js";
import { minGru, minLstm } from "./min-gru.js";
import { minimalGatedUnit } from "./minimal-gated-unit.js";
import { modReluRnn } from "./mod-relu-rnn.js";
import { mogrifierLstm } from "./mogrifier-lstm.js";
import { multiplicativeLstm } from "./multiplicative-lstm.js";
import { peepholeLstm } from "./peephole-lstm.js";
import { projectedLstm } from "./projected-lstm.js";
import { quasiRnn } from "./quasi-rnn.js";
import { recurrentHighway } from "./recurrent-highway.js";
import { simpleRecurrentUnit } from "./simple-recurrent-unit.js";
import { unitaryRnn } from "./unitary-rnn.js";

export { batchNormLstm } from "./batch-norm-lstm.js";
export { cappedLstm, coupledLstm, coupledLstmForget } from "./coupled-lstm.js";
export { elman, elmanRelu } from "./elman.js";
export { CELL_FAMILIES, type CellFamily } from "./families.js";
export { gruArticle } from "./gru-article.js";
export { gruResetBefore } from "./gru-reset-before.js";
export { gru } from "./gru.js";
export { gruResetBeforeWith, gruWith, type GruBeforeBiases, type GruBiases, type GruWithOptions } from "./gru-with.js";
export { independentRnn } from "./independent-rnn.js";
export { jordan } from "./jordan.js";
export {
  LAYER_NORM_GRU,
  layerNormGru,
  layerNormGruArticle,
  layerNormGruDreamer,
  layerNormGruPerGate,
} from "./layer-norm-gru.js";
export {
  LAYER_NORM_LSTM,
  layerNormLstm,
  layerNormLstmAddons,
  layerNormLstmFastrnns,
  layerNormLstmPerGate,
} from "./layer-norm-lstm.js";
export { lstm } from "./lstm.js";
export { ACTIVATIONS, lstmWith, type Activation, type LstmWithOptions } from "./lstm-with.js";
export { minGru, minLstm } from "./min-gru.js";
export { minimalGatedUnit } from "./minimal-gated-unit.js";
export { modReluRnn } from "./mod-relu-rnn.js";
export { mogrifierLstm, type MogrifierOptions } from "./mogrifier-lstm.js";
export { multiplicativeLstm } from "./multiplicative-lstm.js";
export { peepholeLstm } from "./peephole-lstm.js";
export { projectedLstm } from "./projected-lstm.js";
export { quasiRnn } from "./quasi-rnn.js";
export { recurrentHighway } from "./recurrent-highway.js";
export { simpleRecurrentUnit } from "./simple-recurrent-unit.js";
export { unitaryRnn } from "./unitary-rnn.js";

/** All cells by name; of those that are made for a number, one (`CELL_FAMILIES` has the functions). */
export const CELLS: Readonly<Record<string, CellDefinition>> = {
  batchNormLstm,
  cappedLstm,
  coupledLstm,
  coupledLstmForget,
  elman,
  elmanRelu,
  gru,
  gruArticle,
  gruResetBefore,
  independentRnn,
  jordan,
  layerNormGru,
  layerNormGruArticle,
  layerNormGruDreamer,
  layerNormGruPerGate,
  layerNormLstm,
  layerNormLstmAddons,
  layerNormLstmFastrnns,
  layerNormLstmPerGate,
  lstm,
  minGru,
  minLstm,
  minimalGatedUnit,
  modReluRnn,
  mogrifierLstm5: mogrifierLstm(5),
  multiplicativeLstm,
  peepholeLstm,
  projectedLstm,
  quasiRnn2: quasiRnn(2),
  recurrentHighway3: recurrentHighway(3),
  simpleRecurrentUnit,
  unitaryRnn,
};
