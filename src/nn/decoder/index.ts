/** Decoders that look at what was read: one fused sequence under teacher forcing, one fused step when they write. */
export { type AttentionMemory, memoryOf, type MemorySelection } from "./attention-memory.js";
export { type Copies, copyLoss, copyScores } from "./copy-mixture.js";
export { coverageLoss } from "./coverage-loss.js";
export {
  ATTENTION_KINDS,
  type AttentionKind,
  Decoder,
  type DecoderInput,
  type DecoderOptions,
  type DecoderOutput,
} from "./decoder.js";
export { Seq2Seq } from "./seq2seq.js";
export type { Encoded, LossOptions, Seq2SeqInput, Seq2SeqOptions, Seq2SeqOutput } from "./seq2seq-options.js";
export { Seq2SeqStepper, type StepperRows } from "./seq2seq-stepper.js";
export { type BridgeKind, BRIDGES, StateBridge } from "./state-bridge.js";
export { exponentialTeacher, inverseSigmoidTeacher, linearTeacher, type TeacherSchedule } from "./teacher-schedules.js";
