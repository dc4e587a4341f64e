/** Decoders that look at what was read: one fused sequence under teacher forcing, one fused step when they write. */
export { type AttentionMemory, memoryOf, type MemorySelection } from "./attention-memory.js";
export { coverageLoss } from "./coverage-loss.js";
export {
  ATTENTION_KINDS,
  type AttentionKind,
  Decoder,
  type DecoderInput,
  type DecoderOptions,
  type DecoderOutput,
} from "./decoder.js";
export {
  type Encoded,
  type LossOptions,
  Seq2Seq,
  type Seq2SeqInput,
  type Seq2SeqOptions,
  type Seq2SeqOutput,
} from "./seq2seq.js";
export { Seq2SeqStepper, type StepperRows } from "./seq2seq-stepper.js";
export { type BridgeKind, BRIDGES, StateBridge } from "./state-bridge.js";
export { exponentialTeacher, inverseSigmoidTeacher, linearTeacher, type TeacherSchedule } from "./teacher-schedules.js";
