import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/index.js";
import { Adam, clipGradNorm } from "../../optim/index.js";
import { noGrad, scope, Tensor } from "../../tensor/index.js";
import { gru } from "../cells/index.js";
import { Seq2Seq, Seq2SeqStepper, type Seq2SeqOptions } from "./index.js";

const SIZES = { sourceSize: 12, targetSize: 11, embeddingSize: 5, hiddenSize: 6 };
const FORMS: readonly Partial<Seq2SeqOptions>[] = [
  {},
  { coverage: true, decoderCell: gru, bridge: "output" },
  { attention: "luong" },
  { attention: "luong", score: "concat", inputFeeding: false, coverage: true, layers: 2 },
  { attention: "luong", score: "dot", bidirectional: false, bridge: "copy" },
  { attention: "luong", score: "dot" },
  { attention: "none", encoderCell: gru },
  { attention: "luong", decoderLayers: 2, layers: 2 },
  { decoderLayers: 2, bidirectional: false, bridge: "copy" },
];

const tokens = (rng: Rng, T: number, B: number, size: number): Tensor =>
  Tensor.from(
    Int32Array.from({ length: T * B }, () => Math.floor(rng.uniform() * size)),
    [T, B],
  );

describe.each(
  FORMS.map((form) => [JSON.stringify(form, (key, value) => (key.endsWith("Cell") ? "gru" : value)), form] as const),
)("%s", (_, form) => {
  const model = new Seq2Seq({ ...SIZES, ...form }, new Rng(3));
  const [S, T, B] = [5, 4, 3];

  test("goes step by step to the bits of the whole sequence", () => {
    scope(() => {
      const rng = new Rng(1);
      const [source, target] = [tokens(rng, S, B, 12), tokens(rng, T, B, 11)];
      const sourceLengths = [5, 2, 3];
      const whole = model.forward(source, target, { sourceLengths });
      const stepper = noGrad(() => new Seq2SeqStepper(model, model.encode(source, sourceLengths)));
      for (let t = 0; t < T; t++) {
        const scores = stepper.step(target.data().slice(t * B, (t + 1) * B));
        expect(scores).toEqual(whole.logits.data().slice(t * B * 11, (t + 1) * B * 11));
        if (whole.attention === null) expect(stepper.attention).toBeNull();
        else expect(stepper.attention).toEqual(whole.attention.data().slice(t * B * S, (t + 1) * B * S));
      }
    });
  });

  test("does not care for padding, nor for who is beside whom", () => {
    scope(() =>
      noGrad(() => {
        const rng = new Rng(2);
        const [source, target] = [tokens(rng, S, B, 12), tokens(rng, T, B, 11)];
        const [sourceLengths, targetLengths] = [
          [2, 5, 3],
          [1, 3, 4],
        ];
        const { logits } = model.forward(source, target, { sourceLengths, targetLengths });
        for (let b = 0; b < B; b++) {
          const column = (all: Tensor, n: number): Tensor =>
            Tensor.from(
              Int32Array.from({ length: n }, (_, t) => all.data()[t * B + b]),
              [n, 1],
            );
          const alone = model.forward(column(source, sourceLengths[b]), column(target, targetLengths[b]));
          const mine = Array.from({ length: targetLengths[b] }, (_, t) =>
            Array.from(logits.data().slice((t * B + b) * 11, (t * B + b + 1) * 11)),
          ).flat();
          expect(mine).toEqual(alone.logits.toArray());
        }
      }),
    );
  });

  test("has a gradient for every parameter, and its own loss of its logits", () => {
    scope(() => {
      const rng = new Rng(5);
      const [source, read, said] = [tokens(rng, S, B, 12), tokens(rng, T, B, 11), tokens(rng, T, B, 11)];
      for (const parameter of model.parameters()) parameter.grad = null;
      const { loss, predictions } = model.loss(source, read, said, { targetLengths: [4, 1, 3] });
      expect(predictions).toBe(8);
      expect(loss.item()).toBeGreaterThan(1.5);
      loss.backward();
      const still = Array.from(model.namedParameters()).filter(([, p]) => !p.grad?.toArray().some((d) => d !== 0));
      expect(still.map(([name]) => name)).toEqual([]);
    });
  });
});

test("rows of a stepper change places, and come back", () => {
  const model = new Seq2Seq(SIZES, new Rng(3));
  scope(() => {
    const source = tokens(new Rng(4), 5, 2, 12);
    const stepper = noGrad(() => new Seq2SeqStepper(model, model.encode(source, [5, 3]), [0, 0, 1]));
    stepper.step([1, 2, 1]);
    const saved = stepper.save();
    const next = Array.from(stepper.step([3, 3, 3]));
    stepper.restore(saved);
    stepper.select([2, 0, 1, 1]);
    const turned = Array.from(stepper.step([3, 3, 3, 3]));
    const row = (all: readonly number[], i: number): readonly number[] => all.slice(i * 11, (i + 1) * 11);
    expect([0, 1, 2, 3].map((i) => row(turned, i))).toEqual([2, 0, 1, 1].map((i) => row(next, i)));
    expect(() => stepper.step([1])).toThrow(/4 of them/);
  });
});

describe("scheduled sampling", () => {
  const model = new Seq2Seq(SIZES, new Rng(3));
  const [source, read, said] = [
    tokens(new Rng(1), 4, 3, 12),
    tokens(new Rng(2), 6, 3, 11),
    tokens(new Rng(3), 6, 3, 11),
  ];
  const lossOf = (teacher: number, seed: number): number =>
    scope(() => model.loss(source, read, said, { teacher, rng: new Rng(seed) }).loss.item());

  test("is a function of the seed, and nothing where the teacher always speaks", () => {
    expect(lossOf(0.5, 1)).toBe(lossOf(0.5, 1));
    expect(lossOf(0.5, 1)).not.toBe(lossOf(0.5, 2));
    expect(lossOf(1, 1)).toBe(scope(() => model.loss(source, read, said).loss.item()));
    expect(() => model.loss(source, read, said, { teacher: 0.5 })).toThrow(/rng/);
  });

  test("reads its own tokens only, where the teacher is silent, but for the first", () => {
    const other = Tensor.from(
      Int32Array.from(read.data(), (token, i) => (i < 3 ? token : (token + 1) % 11)),
      [6, 3],
    );
    const silent = (target: Tensor): number =>
      scope(() => model.loss(source, target, said, { teacher: 0, rng: new Rng(1) }).loss.item());
    expect(silent(other)).toBe(silent(read));
  });
});

test("a source without a token is a memory of zeros, and no NaN", () => {
  const model = new Seq2Seq(SIZES, new Rng(3));
  scope(() => {
    const source = tokens(new Rng(4), 5, 2, 12);
    const { loss } = model.loss(source, tokens(new Rng(5), 3, 2, 11), tokens(new Rng(6), 3, 2, 11), {
      sourceLengths: [0, 4],
    });
    loss.backward();
    expect(loss.item()).toBeGreaterThan(0);
    expect(model.parameters().every((p) => p.grad!.toArray().every(Number.isFinite))).toBe(true);
    const { attention } = model.forward(source, tokens(new Rng(5), 1, 2, 11), { sourceLengths: [0, 4] });
    expect(attention!.toArray().slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  });
});

test("learns to turn a sequence around", () => {
  const [V, S, B] = [6, 5, 16];
  const model = new Seq2Seq({ sourceSize: V, targetSize: V + 1, embeddingSize: 8, hiddenSize: 24 }, new Rng(1));
  const adam = new Adam(model.parameters(), { lr: 0.01 });
  const rng = new Rng(2);
  let last = Infinity;
  for (let step = 0; step < 150; step++) {
    last = scope(() => {
      const source = tokens(rng, S, B, V);
      const said = Int32Array.from(
        { length: S * B },
        (_, i) => source.data()[(S - 1 - Math.floor(i / B)) * B + (i % B)],
      );
      const read = Int32Array.from({ length: S * B }, (_, i) => (i < B ? V : said[i - B]));
      adam.zeroGrad();
      const { loss } = model.loss(source, Tensor.from(read, [S, B]), Tensor.from(said, [S, B]));
      loss.backward();
      adam.step({ gradScale: clipGradNorm(model.parameters(), 1).scale });
      return loss.item();
    });
  }
  expect(last).toBeLessThan(0.1);
});

test("refuses what contradicts itself", () => {
  const expectCode = (options: Partial<Seq2SeqOptions>, code: string): void =>
    expect(() => new Seq2Seq({ ...SIZES, ...options })).toThrow(expect.objectContaining({ code }));
  expectCode({ attention: "soft" as never }, "E_VALUE");
  expectCode({ score: "dot" }, "E_OPTION_NEEDS");
  expectCode({ attention: "luong", coverage: true }, "E_OPTION_NEEDS");
  expectCode({ bridge: "copy" }, "E_NUMBER");
  expectCode({ size: 3 } as never, "E_OPTION");
});
