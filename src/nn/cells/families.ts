/** Cells that are made or chosen, by the name of what makes or holds them: adding a family is one line here. */
import type { CellDefinition } from "../../cell/index.js";
import type { NumberFamily, OptionFamily } from "../cell-family.js";
import { gruResetBeforeWith, gruWith } from "./gru-with.js";
import { LAYER_NORM_GRU } from "./layer-norm-gru.js";
import { LAYER_NORM_LSTM } from "./layer-norm-lstm.js";
import { lstmWith } from "./lstm-with.js";
import { mogrifierLstm } from "./mogrifier-lstm.js";
import { quasiRnn } from "./quasi-rnn.js";
import { recurrentHighway } from "./recurrent-highway.js";

/** A family: made for a number, with one that is usual; made from options, with some that show them; chosen by name. */
export type CellFamily =
  | { readonly kind: "number"; readonly make: NumberFamily; readonly example: number }
  | {
      readonly kind: "options";
      readonly make: OptionFamily;
      readonly example: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly kind: "choice"; readonly cells: Readonly<Record<string, CellDefinition>> };

/** All families by name; no cell has the name of one. */
export const CELL_FAMILIES: Readonly<Record<string, CellFamily>> = {
  mogrifierLstm: { kind: "number", make: mogrifierLstm, example: 5 },
  quasiRnn: { kind: "number", make: quasiRnn, example: 2 },
  recurrentHighway: { kind: "number", make: recurrentHighway, example: 3 },
  lstmWith: { kind: "options", make: lstmWith, example: { output: "hardSigmoidKeras3", peepholes: true, clipCell: 3 } },
  gruWith: { kind: "options", make: gruWith, example: { biases: "input", clipGates: 5 } },
  gruResetBeforeWith: { kind: "options", make: gruResetBeforeWith, example: { candidate: "relu", biases: "input" } },
  LAYER_NORM_LSTM: { kind: "choice", cells: LAYER_NORM_LSTM },
  LAYER_NORM_GRU: { kind: "choice", cells: LAYER_NORM_GRU },
};
