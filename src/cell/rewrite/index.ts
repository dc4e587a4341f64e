/** Rewrites of cells: regularisers that live inside the recurrence, for any cell. */
export { columnMeans, givenColumnMeans, shownColumnMeans } from "./column-means.js";
export { inputDropout, type InputMasks } from "./input-dropout.js";
export { recurrentDropout, type RecurrentMasks } from "./recurrent-dropout.js";
export { updateDropout } from "./update-dropout.js";
export { hasBias, withoutBias } from "./without-bias.js";
export { ownStates, zoneout, zoneoutExpectation } from "./zoneout.js";
