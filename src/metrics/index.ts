/** What a model is worth, in numbers that people compare. */
export { accuracy } from "./accuracy.js";
export { bitsPerCharacter, perplexity } from "./language.js";
