import { expect, test } from "vitest";
import { Adam } from "../../optim/index.js";
import { Rng } from "../../runtime/index.js";
import { noGrad, scope, Tensor } from "../../tensor/index.js";
import { copyLoss, Seq2Seq, Seq2SeqStepper } from "./index.js";

const random = (rng: Rng, shape: readonly number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b);
  const numbers = Float64Array.from({ length: size }, () => rng.normal());
  return Tensor.from(numbers, shape, { dtype: "f64", requiresGrad: true });
};

test("a copied word and a written one share their probability; gradients are differences", () => {
  const rng = new Rng(1);
  const [logits, raw, scores] = [random(rng, [3, 4]), random(rng, [3, 1]), random(rng, [3, 3])];
  // Row 0 says what is in the vocabulary and twice in the source, row 1 what is in the source alone, row 2 what is in neither.
  const [ids, targets] = [Int32Array.from([2, 0, 2, 5, 1, -1, 0, 4, 1]), [2, 5, 6]];
  const loss = (): Tensor => copyLoss(logits, raw.sigmoid(), scores.sigmoid(), ids, targets);
  const P = ([0, 1, 2] as const).map((n) => {
    const row = logits
      .toArray()
      .slice(4 * n, 4 * n + 4)
      .map(Math.exp);
    const [g, a] = [
      1 / (1 + Math.exp(-raw.toArray()[n])),
      scores
        .sigmoid()
        .toArray()
        .slice(3 * n, 3 * n + 3),
    ];
    const written = targets[n] < 4 ? row[targets[n]] / row.reduce((x, y) => x + y) : 0;
    const copied = a.reduce((sum, weight, s) => sum + (ids[3 * n + s] === targets[n] ? weight : 0), 0);
    return -Math.log(g * written + (1 - g) * copied + 1e-12);
  });
  loss()
    .toArray()
    .forEach((value, n) => expect(value).toBeCloseTo(P[n], 10));
  for (const leaf of [logits, raw, scores]) leaf.grad = null;
  loss().sum().backward();
  for (const leaf of [logits, raw, scores]) {
    const [numbers, gradient] = [leaf.data(), leaf.grad!.toArray()];
    for (let i = 0; i < numbers.length; i++) {
      const [at, step] = [numbers[i], 1e-6];
      const [up, down] = [at + step, at - step].map((value) => {
        numbers[i] = value;
        return noGrad(() => loss().sum().item());
      });
      numbers[i] = at;
      expect(gradient[i]).toBeCloseTo((up - down) / (2 * step), 5);
    }
  }
});

const SIZES = { sourceSize: 3, targetSize: 4, embeddingSize: 6, hiddenSize: 16 };
const [S, B] = [4, 8];
/** Words that are in no vocabulary: the source says them all with one token, and the target is the same words. */
const texts = (rng: Rng): { source: Tensor; copied: Tensor; read: Tensor; said: Tensor } => {
  const words = Int32Array.from({ length: S * B }, () => 4 + Math.floor(rng.uniform() * 5));
  const read = Int32Array.from(words, (_, i) => (i < B ? 0 : words[i - B]));
  const tokens = (data: Int32Array): Tensor => Tensor.from(data, [S, B]);
  return { source: tokens(words.map(() => 1)), copied: tokens(words), read: tokens(read), said: tokens(words) };
};

test("words that are in no vocabulary can be learnt to be said", () => {
  const model = new Seq2Seq({ ...SIZES, copy: { unknown: 3 } }, new Rng(1));
  const adam = new Adam(model.parameters(), { lr: 0.02 });
  const rng = new Rng(2);
  let last = Infinity;
  for (let step = 0; step < 150; step++) {
    last = scope(() => {
      const { source, copied, read, said } = texts(rng);
      adam.zeroGrad();
      const { loss } = model.loss(source, read, said, { copied });
      loss.backward();
      adam.step();
      return loss.item();
    });
  }
  expect(last).toBeLessThan(0.2);
  scope(() => {
    const { source, copied, said } = texts(rng);
    const stepper = noGrad(() => new Seq2SeqStepper(model, model.encode(source, undefined, undefined, copied)));
    let tokens = new Int32Array(B);
    for (let t = 0; t < S; t++) {
      const scores = stepper.step(tokens);
      const best = Array.from({ length: B }, (_, b) => {
        const row = Array.from(scores.slice(b * stepper.size, (b + 1) * stepper.size));
        expect(row.reduce((sum, score) => sum + Math.exp(score), 0)).toBeCloseTo(1, 5);
        return row.indexOf(Math.max(...row));
      });
      tokens = Int32Array.from(best);
      expect(best).toEqual(Array.from(said.data().slice(t * B, (t + 1) * B)));
    }
  });
});

test("says what it says step by step with the loss of the whole", () => {
  const model = new Seq2Seq({ ...SIZES, copy: { unknown: 3 }, dtype: "f64" }, new Rng(5));
  scope(() => {
    const { source, copied, read, said } = texts(new Rng(6));
    const targetLengths = [4, 1, 2, 0, 3, 4, 4, 1];
    const { loss, predictions } = model.loss(source, read, said, { copied, targetLengths });
    const stepper = noGrad(() => new Seq2SeqStepper(model, model.encode(source, undefined, undefined, copied)));
    let total = 0;
    for (let t = 0; t < S; t++) {
      const scores = stepper.step(read.data().slice(t * B, (t + 1) * B));
      for (let b = 0; b < B; b++) if (t < targetLengths[b]) total -= scores[b * stepper.size + said.data()[t * B + b]];
    }
    expect(predictions).toBe(19);
    expect(total / predictions).toBeCloseTo(loss.item(), 9);
  });
});

test("refuses copying from nowhere", () => {
  const expectCode = (run: () => unknown, code: string): void => expect(run).toThrow(expect.objectContaining({ code }));
  expectCode(() => new Seq2Seq({ ...SIZES, attention: "none", copy: { unknown: 3 } }), "E_OPTION_NEEDS");
  expectCode(() => new Seq2Seq({ ...SIZES, copy: { unknown: 4 } }), "E_NUMBER");
  const [plain, copying] = [new Seq2Seq(SIZES), new Seq2Seq({ ...SIZES, copy: { unknown: 3 } })];
  const { source, copied, read, said } = texts(new Rng(1));
  expectCode(() => plain.loss(source, read, said, { copied }), "E_OPTION_NEEDS");
  expectCode(() => copying.loss(source, read, said), "E_OPTION_NEEDS");
  expectCode(() => copying.loss(source, read, said, { copied, labelSmoothing: 0.1 }), "E_OPTION_NEEDS");
  expectCode(() => copying.encode(source, undefined, undefined, Tensor.from(new Int32Array(4), [2, 2])), "E_SHAPE");
});
