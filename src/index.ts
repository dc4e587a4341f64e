/** The front door: grouped re-exports of what most programs need. */
export { HiddenstateError } from "./errors.js";
