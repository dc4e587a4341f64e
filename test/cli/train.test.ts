import fs from "node:fs";
import path from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { beforeAll, describe, expect, test } from "vitest";
import { hiddenstate, MAIN, sampleText, temporaryFolder } from "./command.js";

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const SIZES = "--hidden 12 --layers 1 --embed 6 --window 8 --batch 4".split(" ");
const train = (...more: string[]): string[] => ["train", "language", "--data", "text.txt", ...SIZES, ...more];
const run = (args: string[]): ReturnType<typeof hiddenstate> => hiddenstate(args, { cwd: folder });
const parse = (out: string): Record<string, unknown>[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  fs.writeFileSync(at("text.txt"), sampleText(120));
  const { code, err } = await run(train("--steps", "200", "--lr", "1e-2", "--out", "good"));
  expect(err).toBe("");
  expect(code).toBe(0);
});

describe("train language", () => {
  test("--json prints one object per event, the last one the end", async () => {
    const { code, out, err } = await run(train("--steps", "20", "--json", "--cell", "gru"));
    expect([code, err]).toEqual([0, ""]);
    const events = parse(out);
    expect(events[0]).toMatchObject({ event: "start", step: 0, totalSteps: 20, run: "runs/language-gru-1" });
    expect(events[0]).toMatchObject({ machine: { kernels: "wasm strict", precision: "strict" } });
    const steps = events.filter(({ event }) => event === "step");
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const step of steps) {
      expect(Object.keys(step)).toEqual(expect.arrayContaining(["loss", "metrics", "gradNorm"]));
      expect((step.metrics as { bpc: number }).bpc).toBeCloseTo((step.loss as number) / Math.LN2, 12);
    }
    const end = events.at(-1)!;
    expect(end).toMatchObject({ event: "end", step: 20, run: "runs/language-gru-1", reason: "finished" });
    const { loss, metrics } = end.valid as { loss: number; metrics: Record<string, number> };
    expect(metrics).toMatchObject({ nats: loss, bpc: loss / Math.LN2, perplexity: expect.any(Number) });
    const log = parse(fs.readFileSync(at("runs/language-gru-1/metrics.jsonl"), "utf8"));
    expect(log.filter((line) => "loss" in line).map(({ loss }) => loss)).toEqual(steps.map(({ loss }) => loss));
  });

  test("a second run with the same name gets a number; the same seed gives the same bytes", async () => {
    for (const name of ["language-lstm-7", "language-lstm-7-2"]) {
      const { out } = await run(train("--steps", "5", "--seed", "7"));
      expect(out).toContain(`saved in runs/${name}. Next:`);
    }
    const model = (name: string): Buffer => fs.readFileSync(at(`runs/${name}/model.safetensors`));
    expect(model("language-lstm-7").equals(model("language-lstm-7-2"))).toBe(true);
  });

  test("piped output is plain lines: progress, validation, samples, and what to do next", async () => {
    const { out } = await run(train("--steps", "40", "--out", "plain"));
    expect(out).not.toMatch(/[\r\u001b]/);
    expect(out).toMatch(/^step 40\/40 {2}loss \d\.\d{3} {2}\d\.\d{3} bpc {2}[\d,]+ chars\/s {2}0:00 left$/m);
    expect(out).toMatch(/^validation after step 40: \d\.\d{4} nats, \d\.\d{4} bits per character, perplexity [\d.]+$/m);
    expect(out.match(/^--- it writes, after step \d+ ---$/gm)).toHaveLength(4);
    expect(out).toContain("npx hiddenstate generate plain --length 500");
  });

  test("--epochs and --minutes end training too", async () => {
    const epochs = parse((await run(train("--epochs", "0.5", "--json", "--out", "epochs"))).out);
    const perEpoch = Math.floor((Math.floor(sampleText(120).length * 0.9) - 1) / 32);
    expect(epochs.at(-1)).toMatchObject({ step: Math.ceil(perEpoch / 2), reason: "finished" });
    const minutes = parse((await run(train("--minutes", "0.01", "--json", "--out", "minutes"))).out);
    expect(minutes.at(-1)).toMatchObject({ event: "end", reason: "time" });
    expect(minutes.at(-1)!.seconds).toBeGreaterThan(0.6);
  });

  test("a folder of texts is read as one, and what is no text is named", async () => {
    fs.mkdirSync(at("texts"));
    fs.writeFileSync(at("texts/b.txt"), sampleText(30));
    fs.writeFileSync(at("texts/a.txt"), sampleText(30));
    fs.writeFileSync(at("texts/c.bin"), Uint8Array.of(0, 255));
    const { code, out } = await run([
      "train",
      "language",
      "--data",
      "texts",
      ...SIZES,
      "--steps",
      "2",
      "--out",
      "both",
    ]);
    expect(code).toBe(0);
    expect(out).toContain("left out 1 file that are no text: c.bin");
    expect(out).toContain(`${(2 * sampleText(30).length).toLocaleString("en-US")} characters`);
  });

  test("without --data it learns the text that comes with the package", async () => {
    const { code, out } = await run(["train", "language", ...SIZES, "--steps", "2", "--valid", "0", "--out", "own"]);
    expect(code).toBe(0);
    const [, characters] = /text: the sources and documents of hiddenstate, ([\d,]+) characters/.exec(out)!;
    expect(Number(characters.replaceAll(",", ""))).toBeGreaterThan(200_000);
  });

  test("its own text has options that take less than a minute, and what is typed wins", async () => {
    const begun = async (...more: string[]): Promise<Record<string, unknown>> => {
      const watch = (out: string, kill: (signal: NodeJS.Signals) => void): void => {
        if (out.includes('"event":"start"')) kill("SIGKILL");
      };
      const { out } = await hiddenstate(["train", "language", "--json", ...more], { cwd: folder, watch });
      return parse(out.slice(0, out.indexOf("\n")))[0];
    };
    const options = { layers: 1, lr: 5e-3, hidden: 128, batch: 50, window: 50 };
    const own = await begun("--out", "own-1");
    expect(own).toMatchObject({ totalSteps: 900, config: { options } });
    const other = await begun("--out", "own-2", "--layers", "2", "--lr", "1e-3", "--minutes", "3");
    expect(other).toMatchObject({ totalSteps: null, config: { options: { layers: 2, lr: 1e-3, minutes: 3 } } });
    expect(await begun("--out", "own-3", "--data", "text.txt", "--window", "8", "--batch", "4")).toMatchObject({
      totalSteps: 2000,
      config: { options: { layers: 2, lr: 2e-3 } },
    });
  });

  test("Ctrl-C saves and ends; --resume goes on to the same bits as a run that was not stopped", async () => {
    const args = train("--steps", "400", "--dropout", "0.1");
    expect((await run([...args, "--out", "whole"])).code).toBe(0);
    let stopped = false;
    const first = await hiddenstate([...args, "--out", "stopped", "--json"], {
      cwd: folder,
      watch: (out, kill) => {
        if (stopped || !out.includes('"step":20,')) return;
        stopped = true;
        kill("SIGINT");
      },
    });
    const end = parse(first.out).at(-1)!;
    expect(first.code).toBe(0);
    expect(end).toMatchObject({ event: "end", reason: "cancelled", valid: null });
    expect(end.step).toBeLessThan(400);
    const second = await run(["train", "language", "--resume", "stopped"]);
    expect(second.out).toContain(`going on after step ${end.step}:`);
    expect(second.code).toBe(0);
    for (const name of ["metrics.jsonl", "model.safetensors"]) {
      expect(fs.readFileSync(at(`stopped/${name}`)).equals(fs.readFileSync(at(`whole/${name}`)))).toBe(true);
    }
  });

  test("a finished run can be given more steps", async () => {
    fs.cpSync(at("good"), at("longer"), { recursive: true, verbatimSymlinks: true });
    const events = parse((await run(["train", "language", "--resume", "longer", "--steps", "210", "--json"])).out);
    expect(events[0]).toMatchObject({ event: "start", step: 200, totalSteps: 210 });
    expect(events.at(-1)).toMatchObject({ event: "end", step: 210 });
  });
});

describe("generate", () => {
  test("writes the prompt and what follows, the same for the same seed", async () => {
    const write = async (...more: string[]): Promise<string> => (await run(["generate", "good", ...more])).out;
    const once = await write("--prompt", "line 4", "--length", "80", "--seed", "3");
    expect(once.startsWith("line 4")).toBe(true);
    expect(once.trimEnd().length).toBeGreaterThan(60);
    expect(await write("--prompt", "line 4", "--length", "80", "--seed", "3")).toBe(once);
    expect(await write("--prompt", "line 4", "--length", "80", "--seed", "4")).not.toBe(once);
    const best = await write("--prompt", "line 4", "--length", "80", "--temperature", "0");
    expect(await write("--prompt", "line 4", "--length", "80", "--top-k", "1", "--seed", "9")).toBe(best);
    expect(await write("--length", "0", "--prompt", "x")).toBe("");
  });

  test("a search draws nothing, and says so", async () => {
    const line = await run(["generate", "good", "--prompt", "line 4", "--beam", "3", "--length", "30"]);
    expect(line.out).toMatch(/^line 4.*\n$/);
    const idle = await run(["generate", "good", "--beam", "3", "--temperature", "0.5", "--seed", "9"]);
    expect([idle.code, idle.err]).toEqual([
      2,
      expect.stringContaining("--beam searches and draws nothing, --temperature, --seed cannot be given with it"),
    ]);
  });

  test.skipIf(process.platform === "win32")("ends quietly when nobody reads any more", async () => {
    const child = spawn(process.execPath, [MAIN, "generate", "good", "--length", "10000000"], { cwd: folder });
    let err = "";
    child.stderr.on("data", (text: Buffer) => (err += text.toString()));
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code] = (await once(child, "close")) as [number];
    expect([code, err]).toEqual([0, ""]);
  });
});

test("eval prints nats, bits per character and perplexity, for people and as JSON", async () => {
  const { out, code } = await run(["eval", "good", "--data", "text.txt", "--json"]);
  expect(code).toBe(0);
  const [{ nats, bpc, perplexity, characters }] = parse(out) as Record<string, number>[];
  expect(characters).toBe(sampleText(120).length - 1);
  expect(nats).toBeLessThan(2);
  expect(bpc).toBeCloseTo(nats / Math.LN2, 10);
  expect(perplexity).toBeCloseTo(Math.exp(nats), 10);
  const words = await run(["eval", "good", "--data", "text.txt"]);
  const [first, second] = words.out.split("\n");
  expect(first).toMatch(/^nats per character {2}\d\.\d{4} {2}\(\d\.\d{4} to \d\.\d{4}, 95 %\)$/);
  expect(first).toContain(nats.toFixed(4));
  expect(second).toContain(`bits per character  ${bpc.toFixed(4)}  (`);
  const follows = await run(["eval", "good", "--data", "text.txt", "--json", "--dynamic", "--dynamic-lr", "0.01"]);
  const [dynamic] = parse(follows.out) as Record<string, number>[];
  expect(dynamic.characters).toBe(characters);
  expect(dynamic.nats).not.toBe(nats);
  const unknown = await run(["eval", "good", "--data", "text.txt", "--cash"]);
  expect(unknown.err).toMatch(/--cash.*--cache/s);
  const idle = await run(["eval", "good", "--data", "text.txt", "--dynamic-lr", "5"]);
  expect([idle.code, idle.err]).toEqual([
    2,
    expect.stringContaining("--dynamic-lr needs --dynamic. Leave the option out"),
  ]);
  const broken = await run(["eval", "good", "--data", "text.txt", "--cache", "--cache-share", "2"]);
  expect([broken.code, broken.err]).toEqual([2, expect.stringContaining("cacheShare must be a share")]);
});

describe("predict", () => {
  const ask = (input: string | Uint8Array, ...more: string[]): { out: string; err: string; code: number | null } => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, "predict", "good", ...more], {
      cwd: folder,
      input,
    });
    return { out: stdout.toString(), err: stderr.toString(), code: status };
  };

  test("goes on with a line, as generate does without drawing", async () => {
    const best = await run(["generate", "good", "--prompt", "line 4", "--length", "20", "--temperature", "0"]);
    const asked = await run(["predict", "language", "good", "line 4", "--length", "20"]);
    expect(asked.out.trimEnd()).toBe(best.out.trimEnd());
    const [json] = parse((await run(["predict", "good", "line 4", "--json"])).out);
    expect(json).toMatchObject({ prompt: "line 4", continuation: expect.stringMatching(/^[^]{100}$/) });
    const idle = await run(["predict", "good", "line 4", "--dynamic"]);
    expect([idle.code, idle.err]).toEqual([2, expect.stringContaining("unknown option '--dynamic'")]);
  });

  test("reads standard input as the files of the data: no mark, no CR, and what is wrong by its line", () => {
    const lines = Array.from({ length: 80 }, (_, i) => `line ${i}`);
    const clean = ask(lines.join("\n"), "--length", "3");
    expect([clean.code, clean.err]).toEqual([0, ""]);
    expect(ask(`\ufeff${lines.join("\r\n")}\r\n`, "--length", "3")).toEqual(clean);
    const unknown = ask(lines.with(70, "line é").join("\n"), "--length", "1", "--json");
    expect(unknown.err).toMatch(/^error: standard input, line 71: .*U\+00E9\) at position 5/);
    expect(parse(unknown.out)).toHaveLength(70);
    expect(unknown.code).toBe(1);
    const latin = ask(Buffer.from(lines.with(70, "line é").join("\n"), "latin1"), "--length", "1");
    expect([latin.code, latin.err]).toEqual([
      1,
      expect.stringMatching(/^error: standard input, line 71: .*0xE9.* UTF-8/),
    ]);
  });
});

describe("help", () => {
  test.each([
    "",
    "train ",
    "train language ",
    "train classify ",
    "train tag ",
    "generate ",
    "eval ",
    "predict ",
    "eval tag ",
    "predict language ",
    "bench ",
  ])("hiddenstate %s--help", async (words) => {
    const { code, out, err } = await run(`${words}--help`.split(" "));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Usage: hiddenstate/);
    expect(out).toMatch(/\nExample: hiddenstate /);
  });
});
