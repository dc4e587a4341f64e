/** From scores to choices: works on arrays of scores and on a `Stepper`, never on a model. */
export { argmax, Sampler, type Logits, type SamplerOptions } from "./sampler.js";
export { generate, type Stepper } from "./stepper.js";
