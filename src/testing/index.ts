/** Checks for what you build: the contract of a cell, and gradients measured by finite differences. */
export { cellContract, type CellContractOptions, type ContractCheck } from "./cell-contract.js";
export { gradcheck, type GradcheckEntry, type GradcheckOptions, type GradcheckReport } from "./gradcheck.js";
export { regulariserContract } from "./regulariser-contract.js";
