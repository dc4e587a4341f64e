import { describe, expect, test } from "vitest";
import { memoryFile } from "../data/index.js";
import { Linear } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { crossEntropy, noGrad, Tensor } from "../tensor/index.js";
import { MemoryRun } from "../train/index.js";
import { language, type LanguageModel, type LanguageOptions } from "./index.js";
import { evaluateLanguage } from "./language-evaluate.js";
import { LanguageNetwork } from "./language-network.js";
import { LanguageStepper } from "./language-stepper.js";

const TEXT = Array.from({ length: 200 }, (_, i) => {
  const [who, what] = [["the cat", "a dog", "my sister"][i % 3], ["sees", "likes", "hears"][(i * 7) % 3]];
  return `${who} ${what} ${["the river", "a bird", "the café"][(i * 5) % 3]} .\n`;
}).join("");
const TINY: LanguageOptions = { hidden: 12, embed: 12, layers: 1, window: 7, batch: 5, lr: 1e-2, steps: 60 };

describe.each([
  ["word", { level: "word", rule: "spaces" }],
  ["bpe", { level: "bpe", vocabulary: 280 }],
  ["word, tied, by SGD", { level: "word", tied: true, optimizer: "sgd", lr: 1, sumLoss: true, init: 0.1 }],
] as const)("level %s", (_, options) => {
  const train = (more: LanguageOptions = {}, settings = {}) =>
    language.train(TEXT, { ...TINY, ...options, ...more }, settings);

  test("learns, scores and writes", async () => {
    const model = await train({ steps: 400 }).result;
    const score = await model.evaluate(TEXT.slice(0, 600));
    // Every word is one of about four that may follow.
    expect(score.metrics.perplexity).toBeLessThan(4);
    const characters = score.metrics.nats * score.predictions;
    expect(score.metrics.bpc).toBeLessThan(characters / Math.LN2 / 400);
    expect(score.figures.map(({ words }) => words)[0]).toBe(`nats per ${options.level === "bpe" ? "piece" : "word"}`);
    const text = [...model.generate({ prompt: "the cat", length: 40, seed: 3 })].join("");
    expect(text).toMatch(/^ (sees|likes|hears) /);
    expect(text).toContain("café");
    const run = new MemoryRun();
    await model.save(run);
    const loaded = await language.load(run);
    expect([...loaded.generate({ length: 30 })]).toEqual([...model.generate({ length: 30 })]);
  });

  test("the best continuation is at least as probable as the greedy one, and the same again", async () => {
    const model = await train({ steps: 300 }).result;
    const [greedy] = model.continuations({ prompt: "a dog", beam: 1, length: 12 });
    const found = model.continuations({ prompt: "a dog", beam: 6, best: 3, length: 12, lengthPenalty: "none" });
    expect(found).toHaveLength(3);
    expect(found[0].logProbability).toBeGreaterThanOrEqual(greedy.logProbability - 1e-9);
    expect(found[0].text).toMatch(/^ (sees|likes|hears) /);
    expect(found[0].text).not.toContain("\n");
    expect(found[0].ended).toBe(true);
    expect(model.continuations({ prompt: "a dog", beam: 6, best: 3, length: 12, lengthPenalty: "none" })).toEqual(
      found,
    );
    const written = [...model.generate({ length: 300, temperature: 3, seed: 2 })].join("");
    if (options.level === "word") expect(written).not.toContain("<unk>");
    expect(() => model.continuations({ beam: 0 })).toThrow("beam");
  });

  test("resumes to the same bits", async () => {
    const whole = new MemoryRun();
    await train({ dropout: 0.2 }, { store: whole }).result;
    const store = new MemoryRun();
    for await (const event of train({ dropout: 0.2 }, { store })) if (event.type === "step" && event.step === 23) break;
    await (
      await language.resume(TEXT, store)
    ).result;
    expect(store.metrics).toEqual(whole.metrics);
    expect(await store.read("model.safetensors")).toEqual(await whole.read("model.safetensors"));
  });
});

describe("LanguageNetwork", () => {
  const sizes = { vocabularySize: 11, hidden: 6, embed: 6, layers: 2 };
  const tokens = (): Tensor => Tensor.from(Int32Array.of(3, 0, 10, 3), [4, 1]);

  test("tied: one matrix, whose gradient is that of both its uses", () => {
    const tied = new LanguageNetwork({ ...sizes, tied: true }, new Rng(4));
    const free = new LanguageNetwork(sizes, new Rng(4));
    expect(free.parameterCount - tied.parameterCount).toBe(66);
    expect(tied.output.weight).toBe(tied.embedding.weight);
    const values = Object.fromEntries([...tied.namedParameters()].map(([name, p]) => [name, p.toArray()]));
    free.loadStateDict({ ...values, "output.weight": values["embedding.weight"] });
    const targets = Tensor.from(Int32Array.of(0, 10, 3, 7), [4, 1]);
    for (const net of [tied, free]) crossEntropy(net.forward(tokens()).logits, targets).backward();
    const [a, b] = [free.embedding.weight.grad!.toArray(), free.output.weight.grad!.toArray()];
    const sum = tied.embedding.weight.grad!.toArray();
    for (const [i, value] of sum.entries()) expect(value).toBeCloseTo(a[i] + b[i], 6);
    expect(() => new LanguageNetwork({ ...sizes, embed: 5, tied: true })).toThrow("embed (5) is not hidden (6)");
    const shared = { inputSize: 6, outputSize: 10, weight: tied.embedding.weight };
    expect(() => new Linear(shared)).toThrow("Linear: expected shape [10, 6], received [11, 6]");
  });

  test("tied: written with, it gives the scores of its forward pass", () => {
    const net = new LanguageNetwork({ ...sizes, tied: true }, new Rng(4));
    const whole = noGrad(() => net.forward(tokens())).logits.toArray();
    const stepper = new LanguageStepper(net);
    expect([3, 0, 10, 3].flatMap((token) => Array.from(stepper.step(token)))).toEqual(whole);
    stepper.dispose();
  });

  test("init draws every weight and bias from its interval", () => {
    const net = new LanguageNetwork({ ...sizes, init: 0.1 }, new Rng(4));
    for (const [name, parameter] of net.namedParameters()) {
      const values = parameter.toArray();
      expect(Math.max(...values.map(Math.abs)), name).toBeLessThanOrEqual(0.1);
      expect(new Set(values).size, name).toBeGreaterThan(values.length * 0.9);
    }
  });
});

test("a loss summed over a window is a learning rate as many times as high", async () => {
  const sgd = { ...TINY, level: "word", optimizer: "sgd", steps: 30, clip: 1e6 } as const;
  const sum = await language.train(TEXT, { ...sgd, sumLoss: true, lr: 0.1 }).result;
  const mean = await language.train(TEXT, { ...sgd, lr: 0.1 * 7 }).result;
  const other = mean.network.parameters();
  for (const [i, parameter] of sum.network.parameters().entries()) {
    const values = other[i].toArray();
    for (const [k, value] of parameter.toArray().entries()) expect(value).toBeCloseTo(values[k], 4);
  }
});

describe("evaluation that follows the text", () => {
  const short = TEXT.slice(0, 900);
  const trained = (): Promise<LanguageModel> => language.train(TEXT, { ...TINY, level: "word", steps: 30 }).result;

  test("cache: the definition, token by token", async () => {
    const model = await trained();
    const ids = model.text.encode(short);
    const [size, theta, share] = [13, 0.7, 0.2];
    const reading = await evaluateLanguage(model.network, model.text.read(short), { cache: { size, theta, share } });
    const { logits, features } = noGrad(() => model.network.forward(Tensor.from(ids, [ids.length, 1])));
    const [scores, h] = [logits.toArray(), features.toArray()];
    const [V, H] = [model.text.size, features.shape[2]];
    const rows = Array.from(ids, (_, t) => h.slice(t * H, (t + 1) * H));
    let total = 0;
    for (let t = 0; t + 1 < ids.length; t++) {
      const row = scores.slice(t * V, (t + 1) * V);
      const sum = row.reduce((all, value) => all + Math.exp(value), 0);
      let p = Math.exp(row[ids[t + 1]]) / sum;
      const from = Math.max(0, t - size);
      const weights = rows
        .slice(from, t)
        .map((past) => Math.exp(theta * past.reduce((all, x, k) => all + x * rows[t][k], 0)));
      const all = weights.reduce((a, b) => a + b, 0);
      const own = weights.filter((_, i) => ids[from + i + 1] === ids[t + 1]).reduce((a, b) => a + b, 0);
      if (t > 0) p = (1 - share) * p + (share * own) / all;
      total -= Math.log(p);
    }
    expect(reading!.score.loss).toBeCloseTo(total / (ids.length - 1), 5);
  });

  test("dynamic: better on a text that repeats itself, and the model is afterwards what it was", async () => {
    const model = await trained();
    const before = model.network.parameters().map((parameter) => parameter.toArray());
    const fixed = await model.evaluate(short);
    const dynamic = await model.evaluate(short, { dynamic: { lr: 0.1, window: 10 } });
    expect(dynamic.loss).toBeLessThan(fixed.loss - 0.1);
    expect(model.network.parameters().map((parameter) => parameter.toArray())).toEqual(before);
    const pulled = await model.evaluate(short, { dynamic: { lr: 0.1, window: 10, pull: 0.5 } });
    expect(pulled.loss).toBeGreaterThan(dynamic.loss);
    expect(pulled.loss).toBeLessThan(fixed.loss);
    // One window is scored as a whole before anything is learned.
    const once = await model.evaluate(short, { dynamic: { lr: 1, window: 100_000 } });
    expect(once.loss).toBeCloseTo(fixed.loss, 6);
    await expect(model.evaluate(short, { signal: AbortSignal.abort(), dynamic: {} })).rejects.toThrow("aborted");
    expect(model.network.parameters().map((parameter) => parameter.toArray())).toEqual(before);
  });

  test("pieces add up to the score, whoever learns or remembers, and intervals are around it", async () => {
    const model = await trained();
    const text = TEXT.slice(0, TEXT.lastIndexOf("\n", 6000) + 1);
    for (const settings of [{}, { cache: {} }, { dynamic: { window: 37 } }]) {
      const { score, pieces } = (await evaluateLanguage(model.network, model.text.read(text), settings))!;
      expect(pieces.reduce((sum, { nats }) => sum + nats, 0)).toBeCloseTo(score.loss * score.predictions, 6);
      expect(pieces.reduce((sum, { predictions }) => sum + predictions, 0)).toBe(score.predictions);
      expect(pieces.slice(0, -1).every(({ predictions }) => predictions === 100)).toBe(true);
      const characters = pieces.reduce((sum, piece) => sum + piece.characters!, 0);
      expect(characters).toBe(Array.from(text).length - "the".length);
      expect(score.metrics.bpc).toBeCloseTo((score.loss * score.predictions) / Math.LN2 / characters, 12);
      const { figures } = await model.evaluate(text, settings);
      for (const { name, value, interval } of figures.slice(0, 3)) {
        expect(interval!.low, name).toBeLessThan(value);
        expect(interval!.high, name).toBeGreaterThan(value);
      }
    }
    expect((await model.evaluate(short.slice(0, 300))).figures[0].interval).toBeUndefined();
  });

  test("bits per character are left out where a word is not known", async () => {
    const model = await trained();
    expect((await model.evaluate("the cat sees a dog .\n")).figures.map(({ name }) => name)).toContain("bpc");
    const { metrics, figures } = await model.evaluate("the cat sees a cow .\n");
    expect(Object.keys(metrics)).toEqual(["nats", "perplexity"]);
    expect(figures.map(({ name }) => name)).toEqual(["nats", "perplexity", "words"]);
  });

  test("senseless settings are refused", async () => {
    const model = await trained();
    await expect(model.evaluate(short, { cache: { sise: 3 } as object })).rejects.toThrow(
      '"sise". Did you mean "size"?',
    );
    await expect(model.evaluate(short, { dynamic: { rate: 3 } as object })).rejects.toThrow('no option "rate"');
    await expect(model.evaluate(short, { cache: { size: 0 } })).rejects.toThrow("size must be");
    await expect(model.evaluate(short, { cache: { share: 1 } })).rejects.toThrow("share must be");
    await expect(model.evaluate(short, { dynamic: { lr: 0 } })).rejects.toThrow("lr must be");
    await expect(model.evaluate(short, { dynamic: { pull: 1 } })).rejects.toThrow("pull must be");
  });
});

test("the learning rate follows its schedule, and a training in epochs is looked at after each", async () => {
  const options = { ...TINY, level: "word", steps: undefined, epochs: 5 } as const;
  const told = async (more: LanguageOptions) => {
    const rates: number[] = [];
    const evaluated: number[] = [];
    for await (const event of language.train(TEXT, { ...options, ...more })) {
      if (event.type === "step" && Number.isInteger(event.epoch)) rates.push(event.lr);
      if (event.type === "valid") evaluated.push(event.step);
    }
    return { rates, evaluated };
  };
  const zaremba = await told({ schedule: "zaremba", lr: 0.01, decayAfter: 2, decay: 0.5 });
  expect(zaremba.rates).toEqual([0.01, 0.01, 0.005, 0.0025, 0.00125]);
  const epoch = zaremba.evaluated[0];
  expect(zaremba.evaluated).toEqual([1, 2, 3, 4, 5].map((n) => n * epoch));
  const cosine = await told({ schedule: "cosine", lr: 0.01, warmup: 3 });
  expect(cosine.rates.toSorted((a, b) => b - a)).toEqual(cosine.rates);
  expect(cosine.rates.at(-1)).toBeLessThan(1e-5);
});

describe("texts as they come", () => {
  const bytes = (text: string, name = "a.txt") => memoryFile(name, text);
  const read = (...texts: string[]) => language.read(texts.map((text, i) => bytes(text, `${i}.txt`)));

  test("a byte order mark, CRLF and spaces leave no trace in words", async () => {
    const text = await read(`\ufeff${TEXT.replaceAll("\n", " \r\n")}`);
    const [dirty, clean] = [text, TEXT].map((each) =>
      language.train(each, { ...TINY, level: "word", rule: "spaces", steps: 3 }),
    );
    const [one, two] = [await dirty.result, await clean.result];
    expect(one.text.document.json).toEqual(two.text.document.json);
    expect((await one.evaluate(text)).loss).toBe((await two.evaluate(TEXT)).loss);
  });

  test("line ends of Windows are those of Unix, at every level; a lone one is a character", async () => {
    expect(await read(`\ufeff${TEXT.replaceAll("\n", "\r\n")}`)).toBe(TEXT);
    expect(await read("one\r\n\r\ntwo\r", "three")).toBe("one\n\ntwo\r\nthree\n");
    expect(await read("\r\n")).toBe("\n");
    const model = await language.train(TEXT, { ...TINY, steps: 2 }).result;
    const crlf = await read(TEXT.replaceAll("\n", "\r\n"));
    expect((await model.evaluate(crlf)).loss).toBe((await model.evaluate(TEXT)).loss);
  });

  test("nothing, too little, no UTF-8 and unknown characters are said so", async () => {
    await expect(read("")).rejects.toThrow("the file is empty");
    await expect(language.read([memoryFile("b.txt", Uint8Array.of(0x61, 0xff))])).rejects.toThrow("b.txt");
    for (const level of ["char", "word", "bpe"] as const) {
      expect(() => language.train("a b\n", { ...TINY, level })).toThrow("at least 36 tokens");
      expect(() => language.train("", { ...TINY, level })).toThrow("the text has 0");
    }
    const valid = { data: "ünknown" };
    expect(() => language.train(TEXT, { ...TINY, steps: 2 }, { valid })).toThrow('"ü" (U+00FC)');
    // At the other levels nothing is unknown, or there is a word for it.
    for (const level of ["word", "bpe"] as const) {
      const model = await language.train(TEXT, { ...TINY, level, steps: 2 }, { valid: { data: "ünknown wörds\n" } })
        .result;
      expect(Number.isFinite((await model.evaluate("ganz neu 😀\n")).loss)).toBe(true);
    }
  });

  test("a line of a million characters is a text like others", async () => {
    const text = "abc ".repeat(250_000);
    for (const level of ["char", "word", "bpe"] as const) {
      const model = await language.train(text, { ...TINY, level, steps: 1, valid: 0.0002 }, { samples: 0 }).result;
      expect(model.text.encode(text).length).toBeGreaterThanOrEqual(250_000);
    }
  }, 60_000);
});
