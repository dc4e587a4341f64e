import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunStore } from "../train/run-store.js";
import { createRun, openRun, resumeRun } from "./run-store.js";

let folder: string;
let run: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "run-store-"));
  run = path.join(folder, "run");
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

const at = (...parts: string[]): string => path.join(run, ...parts);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

async function save(store: RunStore, label = `model ${store.next}`): Promise<void> {
  const generation = store.next;
  await store.put(generation, "model.safetensors", bytes(label));
  await store.put(generation, "state.json", bytes(`{"generation":${generation}}`));
  await store.commit(generation);
}

async function saved(count = 1): Promise<RunStore> {
  const store = createRun(run);
  await store.putDocument("config.json", bytes('{"hidden":4}'));
  for (let i = 0; i < count; i++) await save(store);
  return store;
}

/** Let the named calls of the file system fail as the system would. */
function fail(
  name: "writeFileSync" | "symlinkSync" | "mkdirSync" | "appendFileSync" | "readFileSync",
  code: string,
  when = /./,
): void {
  const real = fs[name] as (...args: unknown[]) => unknown;
  vi.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
    const target = String(name === "symlinkSync" ? args[1] : args[0]);
    if (when.test(target)) throw Object.assign(new Error(`${code}: refused`), { code });
    return real(...args);
  }) as never);
}

describe("a run that has lost the link to its checkpoint", () => {
  test("is told so and left as it is, also by a new run in its place", async () => {
    await saved(3);
    fs.rmSync(at("current"));
    const before = fs.readdirSync(at("checkpoints", "2"));
    for (const open of [openRun, resumeRun, createRun]) {
      expect(() => open(run)).toThrow(/holds checkpoints\/2, but "current".*ln -s checkpoints\/2 current/);
    }
    expect(fs.readdirSync(at("checkpoints", "2"))).toEqual(before);
    fs.symlinkSync("checkpoints/2", at("current"));
    expect(text(await resumeRun(run).read("model.safetensors"))).toBe("model 2");
  });

  test("starts anew if it never committed", async () => {
    const store = createRun(run);
    await store.put(0, "model.safetensors", bytes("half"));
    expect(() => openRun(run)).toThrow("no saved checkpoint");
    await save(createRun(run));
    expect(openRun(run).generation).toBe(0);
  });
});

describe("a log that lacks what its checkpoint vouches for", () => {
  beforeEach(async () => {
    const store = await saved();
    for (const step of [1, 2, 3]) await store.appendMetric({ step, loss: step / 4 });
    await save(store);
    await store.appendMetric({ step: 4 });
  });
  const resume = (): Promise<void> => resumeRun(run).truncateMetrics(2);

  test.each<[string, () => void, RegExp]>([
    ["missing", () => fs.rmSync(at("metrics.jsonl")), /metrics.jsonl" is missing/],
    ["cut", () => fs.truncateSync(at("metrics.jsonl"), 30), /has 30 bytes, 45 were saved/],
    ["altered", () => fs.writeFileSync(at("metrics.jsonl"), "x".repeat(80)), /is not what was saved/],
  ])("%s: refused", async (_, damage, words) => {
    damage();
    await expect(resume()).rejects.toThrow(words);
  });

  test("may lack the lines about the checkpoint's own step: a resume that was killed has cut them", async () => {
    await resume();
    await resume();
    expect(fs.readFileSync(at("metrics.jsonl"), "utf8")).toBe('{"step":1,"loss":0.25}\n{"step":2,"loss":0.5}\n');
  });

  test("vouches for the same lines after a resume", async () => {
    const store = resumeRun(run);
    await store.truncateMetrics(2);
    await store.appendMetric({ step: 3, loss: 0.75 });
    await store.appendMetric({ step: 4 });
    await save(store);
    await resumeRun(run).truncateMetrics(3);
    fs.truncateSync(at("metrics.jsonl"), 45);
    await expect(resumeRun(run).truncateMetrics(3)).rejects.toThrow(/has 45 bytes, 68 were saved/);
  });
});

describe("damage is told, with the name of the file", () => {
  const damages: [string, () => void, (name: string) => Promise<unknown>, string][] = [
    ["a missing file", () => fs.rmSync(at("current", "model.safetensors")), (n) => openRun(run).read(n), "is missing"],
    [
      "a cut file",
      () => fs.truncateSync(at("current", "model.safetensors"), 3),
      (n) => openRun(run).read(n),
      "has 3 bytes, 7 were saved",
    ],
    [
      "an altered file",
      () => fs.writeFileSync(at("current", "model.safetensors"), "Model 0"),
      (n) => openRun(run).read(n),
      "SHA-256 differs",
    ],
    [
      "an altered document",
      () => fs.writeFileSync(at("config.json"), '{"hidden":5}'),
      () => openRun(run).readDocument("config.json"),
      'config.json" is not what was saved',
    ],
    [
      "a missing document",
      () => fs.rmSync(at("config.json")),
      () => openRun(run).readDocument("config.json"),
      'config.json" is missing',
    ],
    [
      "a missing list",
      () => fs.rmSync(at("current", "checkpoint.json")),
      async () => openRun(run),
      'checkpoint.json" is missing',
    ],
    [
      "a cut list",
      () => fs.truncateSync(at("current", "checkpoint.json"), 30),
      async () => resumeRun(run),
      "is not a list",
    ],
    [
      "a missing checkpoint",
      () => fs.rmSync(at("checkpoints"), { recursive: true }),
      async () => resumeRun(run),
      "is missing",
    ],
    [
      "a strange pointer",
      () => {
        fs.rmSync(at("current"));
        fs.symlinkSync("../elsewhere", at("current"));
      },
      async () => openRun(run),
      "does not name a checkpoint",
    ],
    [
      "a renamed checkpoint",
      () => {
        fs.renameSync(at("checkpoints", "0"), at("checkpoints", "5"));
        fs.rmSync(at("current"));
        fs.symlinkSync("checkpoints/5", at("current"));
      },
      async () => openRun(run),
      "belongs to another checkpoint",
    ],
    [
      "another version",
      () => fs.writeFileSync(at("run.json"), '{"format":"hiddenstate.run","version":2}'),
      async () => resumeRun(run),
      "format version 2, this program reads version 1",
    ],
    ["a strange label", () => fs.writeFileSync(at("run.json"), "{"), async () => openRun(run), "is not the label"],
    ["no label", () => fs.rmSync(at("run.json")), async () => openRun(run), "there is no run"],
  ];
  test.each(damages)("%s", async (_, damage, action, words) => {
    await saved();
    damage();
    await expect((async () => action("model.safetensors"))()).rejects.toThrow(words);
  });

  test("a checkpoint saved while another process reads is no damage", async () => {
    const store = await saved();
    const reader = openRun(run);
    await save(store);
    await expect(reader.read("model.safetensors")).rejects.toThrow("while it was being read");
    await expect(openRun(run).read("optimizer.safetensors")).rejects.toThrow("no file");
  });
});

describe("refusals of the system", () => {
  test("a full disk: the last checkpoint stays, the space comes back, and one can go on", async () => {
    const store = await saved();
    await store.put(1, "state.json", bytes("{}"));
    fail("writeFileSync", "ENOSPC", /model\.safetensors/);
    await expect(store.put(1, "model.safetensors", bytes("new"))).rejects.toThrow("The disk is full");
    expect(fs.readdirSync(at("checkpoints"))).toEqual(["0"]);
    await expect(store.commit(1)).rejects.toThrow("all of them again");
    vi.restoreAllMocks();
    expect(text(await openRun(run).read("model.safetensors"))).toBe("model 0");
    await save(store, "later");
    expect(text(await openRun(run).read("model.safetensors"))).toBe("later");
  });

  test("a full disk at the list or at the pointer leaves the last checkpoint", async () => {
    const store = await saved();
    await store.put(1, "model.safetensors", bytes("new"));
    fail("writeFileSync", "ENOSPC", /checkpoint\.json/);
    await expect(store.commit(1)).rejects.toThrow("(ENOSPC)");
    fail("symlinkSync", "ENOSPC");
    vi.mocked(fs.writeFileSync).mockRestore();
    await expect(store.commit(1)).rejects.toThrow("(ENOSPC)");
    expect(text(await openRun(run).read("model.safetensors"))).toBe("model 0");
    expect(store.generation).toBe(0);
    vi.restoreAllMocks();
    await store.commit(1);
    expect(text(await openRun(run).read("model.safetensors"))).toBe("new");
  });

  test.each([
    ["EACCES", "Permission is missing"],
    ["EROFS", "read-only"],
    ["ENOSPC", "full"],
  ])("%s at the start", async (code, words) => {
    fail("mkdirSync", code);
    expect(() => createRun(run)).toThrow(words);
    vi.restoreAllMocks();
    await saved();
    fail("writeFileSync", code);
    expect(() => resumeRun(run)).toThrow(words);
  });

  test("a log that cannot grow, a file that cannot be read", async () => {
    const store = await saved();
    fail("appendFileSync", "ENOSPC");
    await expect(store.appendMetric({ step: 1 })).rejects.toThrow('metrics.jsonl" cannot be written (ENOSPC)');
    fail("readFileSync", "EACCES", /model/);
    await expect(store.read("model.safetensors")).rejects.toThrow("cannot be read: EACCES");
  });
});
