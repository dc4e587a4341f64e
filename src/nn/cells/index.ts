/** Every cell, one line each: adding a cell is one file and one line here. */
import type { CellDefinition } from "../../cell/index.js";
import { elman, elmanRelu } from "./elman.js";
import { gruResetBefore } from "./gru-reset-before.js";
import { gru } from "./gru.js";
import { jordan } from "./jordan.js";
import { lstm } from "./lstm.js";

export { elman, elmanRelu, gru, gruResetBefore, jordan, lstm };

/** All cells by name. */
export const CELLS: Readonly<Record<string, CellDefinition>> = { elman, elmanRelu, gru, gruResetBefore, jordan, lstm };
