/** Readers on files that nobody here wrote; passed over where they are not there. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  collect,
  readClassFiles,
  readConll,
  readConllu,
  readCsv,
  readLabelled,
  readParallel,
  readSktime,
  splitEvery,
} from "../data/index.js";
import { dataFiles, openFile } from "./index.js";

const ROOT = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const at = (name: string) => openFile(path.join(ROOT, name));

describe.skipIf(!fs.existsSync(ROOT))("data that lies beside the repository", () => {
  test("UD English-EWT", async () => {
    const sizes: [string, number, number][] = [
      ["train", 12_544, 204_577],
      ["dev", 2_001, 25_147],
      ["test", 2_077, 25_094],
    ];
    for (const [part, sentences, words] of sizes) {
      const name = fs
        .readdirSync(path.join(ROOT, "tagging/ud-english-ewt"))
        .find((each) => each.includes(`-${part}.`))!;
      const read = await collect(readConllu(at(`tagging/ud-english-ewt/${name}`)));
      expect(read.length).toBe(sentences);
      expect(read.reduce((sum, sentence) => sum + sentence.words.length, 0)).toBe(words);
      expect(new Set(read.flatMap((sentence) => sentence.words.map(({ upos }) => upos))).size).toBe(17);
    }
  }, 30_000);

  test("WNUT-17 and CoNLL-2003", async () => {
    const folder = path.join(ROOT, "tagging/wnut17");
    const [train] = fs.readdirSync(folder).filter((name) => name.includes("train"));
    const posts = await collect(readConll(openFile(path.join(folder, train)), { separator: "tab" }));
    expect([posts.length, posts.reduce((sum, { tokens }) => sum + tokens.length, 0)]).toEqual([3_394, 62_730]);
    const restricted = path.join(ROOT, "restricted/conll2003");
    if (!fs.existsSync(restricted)) return;
    const sizes = await Promise.all(
      fs
        .readdirSync(restricted)
        .filter((name) => name.endsWith(".gz"))
        .map(async (name) => (await collect(readConll(openFile(path.join(restricted, name))))).length),
    );
    expect(sizes.sort((a, b) => a - b)).toEqual([3_250, 3_453, 14_041]);
  }, 30_000);

  test("Multi30k", async () => {
    const folder = path.join(ROOT, "translation/multi30k");
    const side = (language: string) =>
      openFile(
        path.join(
          folder,
          fs.readdirSync(folder).find((name) => new RegExp(`^train.*\\.${language}(\\.gz)?$`).test(name))!,
        ),
      );
    const pairs = await collect(readParallel(side("de"), side("en")));
    expect(pairs.length).toBe(29_000);
    expect(pairs[0].target).toContain("Two young, White males");
  }, 30_000);

  test("SST, TREC, names", async () => {
    const sst = fs
      .readdirSync(path.join(ROOT, "classify/sst"))
      .filter((name) => /binary|2/.test(name) && name.includes("train"));
    expect((await collect(readLabelled(at(`classify/sst/${sst[0]}`)))).length).toBe(6_920);
    const trec = fs.readdirSync(path.join(ROOT, "classify/trec")).find((name) => /train/i.test(name))!;
    await expect(collect(readLabelled(at(`classify/trec/${trec}`)))).rejects.toThrow("is not UTF-8");
    const options = { encoding: "latin1", label: (label: string) => label.split(":")[0] } as const;
    const questions = await collect(readLabelled(at(`classify/trec/${trec}`), options));
    expect([questions.length, new Set(questions.map(({ label }) => label)).size]).toEqual([5_452, 6]);
    const names = await collect(readClassFiles(dataFiles([path.join(ROOT, "classify/names")]).files));
    expect([names.length, new Set(names.map(({ label }) => label)).size]).toEqual([20_050, 18]);
    expect(
      splitEvery(
        names.filter(({ label }) => label === "Arabic"),
        10,
      ).held[0].text,
    ).toBeTypeOf("string");
  });

  test("JapaneseVowels and a table of the anomaly corpus", async () => {
    const folder = path.join(ROOT, "series-classification/JapaneseVowels");
    const train = fs.readdirSync(folder).find((name) => /TRAIN\.ts(\.gz)?$/i.test(name))!;
    const series = await collect(readSktime(openFile(path.join(folder, train))));
    expect([series.length, series[0].values.length, new Set(series.map(({ label }) => label)).size]).toEqual([
      270, 12, 9,
    ]);
    const lengths = series.map(({ values }) => values[0].length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(7);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(29);
    const taxi = await collect(
      readCsv(at("anomaly/nab/data/realKnownCause/nyc_taxi.csv"), { columns: ["timestamp", "value"] }),
    );
    expect(taxi.length).toBe(10_320);
  });
});
