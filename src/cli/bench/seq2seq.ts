/** The encoder-decoder of the bench: both directions of a source, Bahdanau's attention, an output layer over [h; context]. */
import { Module, Seq2Seq } from "../../nn/index.js";
import { Tensor } from "../../tensor/index.js";
import { BENCH_CELLS } from "./custom-cells.js";
import { integers, uniform } from "./numbers.js";
import type { ModelSpec } from "./workloads.js";

/** Source, what the decoder reads, and what it should say. */
interface Texts {
  readonly source: Tensor;
  readonly read: Tensor;
  readonly said: Tensor;
}

export class Seq2SeqModel extends Module {
  readonly net: Seq2Seq;
  readonly #texts: Texts;

  constructor(spec: ModelSpec, dtype: "f32" | "f64") {
    super();
    const { B, H, V, emb, cell, Tsrc, Ttgt } = spec;
    this.net = new Seq2Seq({
      sourceSize: V!,
      targetSize: V!,
      embeddingSize: emb!,
      hiddenSize: H,
      encoderCell: BENCH_CELLS[cell],
      decoderCell: BENCH_CELLS[cell],
      bridge: "output",
      dtype,
    });
    const values = valuesOf(spec);
    for (const [name, parameter] of this.net.namedParameters()) {
      parameter.set(values[name] ?? new Float32Array(parameter.size));
    }
    const tokens = (name: string, T: number): Tensor => Tensor.from(integers(name, T * B, V!), [T, B]);
    this.#texts = { source: tokens("x.src", Tsrc!), read: tokens("x.tgt", Ttgt!), said: tokens("y", Ttgt!) };
  }

  /** Mean cross-entropy of the batch that every step sees. */
  loss(): Tensor {
    const { source, read, said } = this.#texts;
    return this.net.loss(source, read, said).loss;
  }
}

/** Parameters as every peer has them, by name; what is not here, recurrent biases, is zero. */
function valuesOf({ H, V, emb }: ModelSpec): Readonly<Record<string, Float32Array>> {
  const [E, G] = [emb!, 4 * H];
  const small = 1 / Math.sqrt(H);
  const layer = (name: string, rows: number, cols: number): Float32Array =>
    uniform(name, rows * cols, 1 / Math.sqrt(cols));
  // One matrix on [embedding; context] elsewhere, two of its columns here.
  const both = uniform("dec.W", G * (E + 2 * H), small);
  const cut = (from: number, to: number): Float32Array =>
    Float32Array.from({ length: G * (to - from) }, (_, i) => {
      const width = to - from;
      return both[Math.floor(i / width) * (E + 2 * H) + from + (i % width)];
    });
  const direction = (suffix: string, name: string): Record<string, Float32Array> => ({
    [`encoder.weight_ih_l0${suffix}`]: uniform(`${name}.W`, G * E, small),
    [`encoder.weight_hh_l0${suffix}`]: uniform(`${name}.U`, G * H, small),
    [`encoder.bias_ih_l0${suffix}`]: uniform(`${name}.b`, G, small),
  });
  return {
    "sourceEmbedding.weight": uniform("src", V! * E, 1),
    "targetEmbedding.weight": uniform("tgt", V! * E, 1),
    ...direction("", "enc.f"),
    ...direction("_reverse", "enc.r"),
    "bridge.h.weight": layer("init.W", H, 2 * H),
    "bridge.h.bias": uniform("init.b", H, 1 / Math.sqrt(2 * H)),
    "decoder.recurrent.weight_ih_l0": cut(0, E),
    "decoder.recurrent.weight_ih_context_l0": cut(E, E + 2 * H),
    "decoder.recurrent.weight_hh_l0": uniform("dec.U", G * H, small),
    "decoder.recurrent.bias_ih_l0": uniform("dec.b", G, small),
    "decoder.recurrent.weight_query_l0": layer("query.W", H, H),
    "decoder.recurrent.weight_score_l0": layer("score.W", 1, H),
    "decoder.key.weight": layer("key.W", H, 2 * H),
    "output.weight": layer("out.W", V!, 3 * H),
    "output.bias": uniform("out.b", V!, 1 / Math.sqrt(3 * H)),
  };
}
