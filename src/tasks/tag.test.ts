import { beforeAll, describe, expect, test } from "vitest";
import { memoryFile } from "../data/index.js";
import { MemoryRun } from "../train/index.js";
import type { TagData } from "./tag-data.js";
import { exampleTagged } from "./tag-example.js";
import type { TagOptions } from "./tag-options.js";
import { inScheme } from "./tag-scheme.js";
import { tag } from "./tag.js";
import type { Tagger } from "./trained-tagger.js";

const SMALL: TagOptions = { embed: 12, hidden: 12, letterEmbed: 6, letterSize: 8, batch: 16, lr: 0.01 };

async function trained(data: TagData, options: TagOptions): Promise<Tagger> {
  const training = tag.train(data, { ...SMALL, ...options });
  for await (const event of training) expect(event).toBeDefined();
  return training.result;
}

describe.each([
  ["crf, letters by lstm", { scheme: "iob2" }],
  ["softmax, letters by convolution", { decoder: "softmax", letters: "cnn", variational: false }],
] as const)("%s", (_, options) => {
  let model: Tagger;
  const fresh = exampleTagged(700).slice(600);
  beforeAll(async () => {
    model = await trained(exampleTagged(), { ...options, epochs: 4 });
  });

  test("learns the example", async () => {
    const { accuracy, f1, metrics, objective, tables, figures } = await model.evaluate(fresh);
    expect(accuracy).toBeGreaterThan(0.95);
    expect(f1).toBeGreaterThan(0.9);
    expect(metrics).toEqual({ accuracy, f1 });
    expect(objective).toEqual({ name: "f1", value: f1, better: "higher" });
    expect(tables.map(({ name }) => name)).toEqual(["spans", "labels"]);
    for (const [, ...numbers] of tables.flatMap(({ rows }) => rows)) {
      for (const number of numbers) expect(number).toBeTypeOf("number");
    }
    for (const [name, value] of [
      ["accuracy", accuracy],
      ["f1", f1],
    ] as const) {
      const { interval } = figures.find((figure) => figure.name === name)!;
      expect(interval).toMatchObject({ value, level: 0.95 });
      expect(interval!.low).toBeLessThanOrEqual(value!);
      expect(interval!.high).toBeGreaterThanOrEqual(value!);
      expect(interval!.high - interval!.low).toBeLessThan(0.1);
    }
  });

  test("says the same of a sentence alone and among others, with probabilities", async () => {
    const sentences = [...fresh.slice(0, 5).map(({ tokens }) => tokens), [], ["Zzyzx"]];
    const all = await model.predictAll(sentences);
    for (const [i, tokens] of sentences.entries()) expect(await model.predict(tokens)).toEqual(all[i]);
    expect(all[5]).toEqual({ labels: [], probabilities: [], marginals: [] });
    for (const { labels, probabilities, marginals } of all) {
      marginals.forEach((row, t) => {
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
        expect(row[model.labels.indexOf(labels[t])]).toBe(probabilities[t]);
      });
    }
  });

  test("sequences of labels: the n best, and the one with the most labels expected to be right", async () => {
    const tokens = fresh[0].tokens.slice(0, 3);
    const plain = await model.predict(tokens);
    const risk = await model.predict(tokens, { decoding: "marginal" });
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    expect(sum(risk.probabilities)).toBeGreaterThanOrEqual(sum(plain.probabilities) - 1e-9);
    expect((await model.evaluate(fresh, { decoding: "marginal" })).accuracy).toBeGreaterThan(0.95);
    await expect(model.evaluate(fresh, { best: 2 } as object)).rejects.toMatchObject({ code: "E_OPTION_NEEDS" });
    await expect(model.evaluate(fresh, { decodin: "marginal" } as object)).rejects.toThrow('mean "decoding"');
    if (model.network.crf === null) {
      expect(risk).toEqual(plain);
      await expect(model.predict(tokens, { best: 2 })).rejects.toThrow('needs a model with the decoder "crf"');
      return;
    }
    await expect(model.predict(tokens, { best: 2, decoding: "marginal" })).rejects.toThrow(
      'needs the decoding "viterbi"',
    );
    const all = (await model.predict(tokens, { best: 10_000 })).sequences!;
    expect(all.length).toBeGreaterThan(20);
    expect(sum(all.map(({ probability }) => probability))).toBeCloseTo(1, 6);
    expect(all[0].labels).toEqual(plain.labels);
    const { sequences, ...rest } = await model.predict(tokens, { best: 3 });
    expect(rest).toEqual(plain);
    expect(sequences).toEqual(all.slice(0, 3));
    expect((await model.predict([], { best: 3 })).sequences).toEqual([{ labels: [], probability: 1 }]);
    const [{ text, json }] = await model.answer([tokens.join(" ")], { best: 2 });
    expect(text).toMatch(/^[01]\.\d{4}\t\S+\/\S+ .*\n[01]\.\d{4}\t\S+/u);
    expect(json.sequences).toHaveLength(2);
  });

  test("a saved model is the model", async () => {
    const run = new MemoryRun();
    await model.save(run);
    const again = await tag.load(run);
    const tokens = fresh[3].tokens;
    expect(await again.predict(tokens)).toEqual(await model.predict(tokens));
    expect(again.config).toEqual(model.config);
    const [answer] = await again.answer([tokens.join("  ")]);
    expect(answer.text.split(" ")).toHaveLength(tokens.length);
    expect(answer.json.tokens).toEqual(tokens);
  });
});

test("on the way it shows what it makes of sentences that were held back", async () => {
  const shown: string[] = [];
  for await (const event of tag.train(exampleTagged(40), { ...SMALL, steps: 4 }, { samples: 2 })) {
    if (event.type === "sample") shown.push(event.text);
    if (event.type === "valid") {
      expect(Object.keys(event.valid).toSorted()).toEqual(["loss", "metrics", "objective", "predictions"]);
    }
  }
  expect(shown).toHaveLength(2);
  for (const text of shown) expect(text).toMatch(/^\S+\/[BIO]\S*( \S+\/[BIO]\S*)*$/u);
});

test("a scheme is never broken, however little is learnt", async () => {
  const model = await trained(exampleTagged(60), { scheme: "iob2", steps: 1 });
  for (const { tokens } of exampleTagged(200)) {
    (await model.predict(tokens)).labels.forEach((label, t, all) => {
      if (label.startsWith("I")) expect(all[t - 1]?.slice(1)).toBe(label.slice(1));
    });
  }
});

test("an interrupted training goes on to the same bits", async () => {
  const data = exampleTagged(80);
  const options: TagOptions = { ...SMALL, steps: 7 };
  const whole = new MemoryRun();
  for await (const event of tag.train(data, options, { store: whole })) void event;
  const cut = new MemoryRun();
  for await (const event of tag.train(data, options, { store: cut }))
    if (event.type === "step" && event.step === 3) break;
  for await (const event of await tag.resume(data, cut)) void event;
  expect(await cut.read("model.safetensors")).toEqual(await whole.read("model.safetensors"));
  await expect(tag.resume(data.slice(1), cut)).rejects.toThrow(/E_DATA_CHANGED|other|changed|trained/u);
});

test("batches of so many words, padding included", async () => {
  const { batch: _, ...small } = SMALL;
  const options: TagOptions = { ...small, batchTokens: 60, epochs: 2 };
  const [run, data] = [new MemoryRun(), exampleTagged(80)];
  const longest = Math.max(...data.map(({ tokens }) => tokens.length));
  let steps = 0;
  for await (const event of tag.train(data, options, { store: run })) {
    if (event.type !== "step") continue;
    steps += 1;
    expect(event.predictions).toBeLessThanOrEqual(60);
    expect(event.predictions).toBeGreaterThan(0);
  }
  expect(steps).toBeGreaterThan((2 * 72 * 5) / 60);
  expect(longest).toBeLessThan(60);
  const { config } = await tag.load(run);
  expect(config.options).toMatchObject({ batchTokens: 60 });
  expect(config.options).not.toHaveProperty("batch");
  expect(() => tag.train(data, { ...SMALL, batchTokens: 60 })).toThrow("batch and batchTokens cannot both be given");
});

describe("data", () => {
  const CONLL = "-DOCSTART- -X- O O\n\nEU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n";
  const CONLLU =
    "# sent_id = 1\n1\tIt\tit\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n2\tworks\twork\tVERB\tVBZ\t_\t0\troot\t_\t_\n\n";

  test("columns, and CoNLL-U by its name", async () => {
    const read = await tag.read([memoryFile("a.txt", CONLL), memoryFile("b.conllu", CONLLU)]);
    expect(read).toEqual([
      { tokens: ["EU", "rejects"], labels: ["B-ORG", "O"] },
      { tokens: ["Peter"], labels: ["B-PER"] },
      { tokens: ["It", "works"], labels: ["PRON", "VERB"] },
    ]);
    expect(await tag.read([memoryFile("a.txt", CONLL)], { labelColumn: 1 })).toMatchObject([
      { labels: ["NNP", "VBZ"] },
      { labels: ["NNP"] },
    ]);
    const umlaut = new Uint8Array([0xfc, 32, 79, 13, 10]);
    expect(await tag.read([memoryFile("l1", umlaut)], { encoding: "latin1" })).toEqual([
      { tokens: ["ü"], labels: ["O"] },
    ]);
    expect(await tag.read([memoryFile("b", CONLLU)], { format: "conllu", field: "deprel" })).toMatchObject([
      { labels: ["nsubj", "root"] },
    ]);
  });

  test("what cannot be read is named", async () => {
    await expect(tag.read([memoryFile("a.txt", "")])).rejects.toThrow(/a\.txt/u);
    await expect(tag.read([memoryFile("l1", new Uint8Array([0xfc, 32, 79]))])).rejects.toThrow(/l1.*UTF-8/u);
    await expect(tag.read([memoryFile("a.txt", "one O\ntwo\n")])).rejects.toThrow(/a\.txt.*2/u);
    expect(() => tag.train([], SMALL)).toThrow(/no example/u);
  });

  test("one label only, words of any length, labels that were not trained", async () => {
    const long = "x".repeat(100_000);
    const model = await trained([{ tokens: ["a", long], labels: ["X", "X"] }], { valid: 0, steps: 2 });
    expect((await model.predict([long, "ü🙂", ""])).labels).toEqual(["X", "X", "X"]);
    const { accuracy, loss } = await model.evaluate([
      { tokens: ["a", "b"], labels: ["X", "Y"] },
      { tokens: ["a"], labels: ["X"] },
      { tokens: [], labels: [] },
    ]);
    expect(accuracy).toBeCloseTo(2 / 3, 12);
    expect(Math.abs(loss)).toBeLessThan(1e-6);
  });

  test("labels that differ between training and test: new ones are counted apart, foreign ones are refused", async () => {
    const data: TagData = [
      { tokens: ["the", "cat"], labels: ["D", "N"] },
      { tokens: ["a", "dog"], labels: ["D", "N"] },
    ];
    const mixed: TagData = [{ tokens: ["the", "old", "cat"], labels: ["D", "A", "N"] }];
    const model = await trained(data, { steps: 2, valid: 0 });
    const { figures, loss, accuracy } = await model.evaluate(mixed);
    expect(figures.map(({ name }) => name)).not.toContain("nats");
    expect(figures.find(({ name }) => name === "withoutLoss")).toMatchObject({ value: 1 });
    expect(loss).toBeNaN();
    expect(accuracy).toBeLessThan(1);
    const foreign = [{ tokens: ["dog"], labels: ["Q"] }];
    await expect(model.evaluate(foreign)).rejects.toThrow(/1 word has labels that the training did not: "Q"/);
    expect(() => tag.train(data, SMALL, { valid: { data: foreign } })).toThrow(
      expect.objectContaining({ code: "E_LABELS" }),
    );
    // The log says null where there is no figure: a run goes on from there, and its page leaves it out.
    const [store, valid] = [new MemoryRun(), { data: mixed }];
    for await (const event of tag.train(data, { ...SMALL, steps: 3 }, { store, valid })) void event;
    for await (const event of await tag.resume(data, store, { valid, steps: 6, checkpointSteps: 1 })) {
      if (event.type === "checkpoint") break;
    }
    const card = new TextDecoder().decode(store.pages.get("README.md"));
    expect(card).toMatch(/Step 4 of 6, going on/u);
    expect(card).toContain("| accuracy |");
    expect(card).not.toMatch(/NaN|null|loss \|/u);
  });

  test("spans are written in the scheme, whatever the data is written in", async () => {
    const labels = ["I-X", "I-X", "B-X", "I-Y", "O", "B-Z", "I-Y"];
    const data = [{ tokens: labels.map(String), labels }];
    const written = (scheme: "iob1" | "iob2" | "iobes"): string => inScheme(data, scheme)[0].labels.join(" ");
    expect(written("iob1")).toBe("I-X I-X B-X I-Y O I-Z I-Y");
    expect(written("iob2")).toBe("B-X I-X B-X B-Y O B-Z B-Y");
    expect(written("iobes")).toBe("B-X E-X S-X S-Y O S-Z S-Y");
    for (const scheme of ["iob1", "iob2", "iobes"] as const) {
      expect(inScheme(inScheme(data, "iobes"), scheme)).toEqual(inScheme(data, scheme));
      const model = await trained(data, { scheme, valid: 0, steps: 40 });
      expect((await model.predict(data[0].tokens)).labels).toEqual(inScheme(data, scheme)[0].labels);
      expect((await model.evaluate(data)).f1).toBe(1);
    }
    expect(() => tag.train([{ tokens: ["a"], labels: ["NOUN"] }], { scheme: "iob2", valid: 0 })).toThrow(/NOUN/u);
  });

  test("what cannot be read is left out if that is asked for, and told", async () => {
    const told: string[] = [];
    const files = [memoryFile("a.txt", "one O\ntwo\n\nthree O\n\nfour\n"), memoryFile("b.conllu", "1\tIt\n\n")];
    const read = await tag.read(files, { skipBad: true }, { note: (line) => void told.push(line) });
    expect(read).toEqual([{ tokens: ["three"], labels: ["O"] }]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^left out 3 records that cannot be read: a\.txt, line 2: expected .*; a\.txt, line 6: .*; b\.conllu/u,
    );
    expect(told[0]).not.toContain("--skip-bad");
    await expect(tag.read(files)).rejects.toThrow("leave such records out: --skip-bad");
  });

  test("what is no sentence is refused with its place", async () => {
    const good = { tokens: ["a"], labels: ["X"] };
    const bad =
      (data: unknown): (() => unknown) =>
      () =>
        tag.train(data as TagData, SMALL);
    expect(bad([good, { tokens: ["a", "b"], labels: ["X"] }])).toThrow(
      "tag.train: example 1 must have a label for each token, received 1 for 2",
    );
    expect(bad([good, { tokens: "a b", labels: ["X"] }])).toThrow("example 1 must be { tokens, labels }");
    expect(bad([null])).toThrow("example 0 must be { tokens, labels }, two arrays of strings, received null");
    expect(bad("sentences")).toThrow("data must be an array of");
    const model = await trained([good], { valid: 0, steps: 1 });
    await expect(model.predict("a b" as never)).rejects.toThrow('must be an array of words, received the string "a b"');
    await expect(model.evaluate([{ tokens: ["a"], labels: [] }])).rejects.toThrow("received 0 for 1");
  });

  test("options that do not go together", () => {
    expect(() => tag.complete({ letterSize: 7 })).toThrow(/letterSize must be even/u);
    expect(tag.complete({ letterSize: 7, letters: "cnn" }).letterSize).toBe(7);
    const data = [{ tokens: ["a"], labels: ["X"] }];
    expect(() => tag.train(data, { letters: "none", letterSize: 20 })).toThrow(
      "letterSize needs letters that are read",
    );
  });
});
