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

describe("checkpoints", () => {
  test("a commit replaces the checkpoint, the model at the top follows, the old one goes", async () => {
    const store = createRun(run);
    expect([store.generation, store.next]).toEqual([null, 0]);
    await save(store, "first");
    expect(fs.readFileSync(at("model.safetensors"), "utf8")).toBe("first");
    await store.put(1, "model.safetensors", bytes("second"));
    expect(fs.readFileSync(at("model.safetensors"), "utf8")).toBe("first");
    expect(text(await store.read("model.safetensors"))).toBe("first");
    await store.commit(1);
    expect(fs.readFileSync(at("model.safetensors"), "utf8")).toBe("second");
    expect(fs.readdirSync(at("checkpoints"))).toEqual(["1"]);
    expect([store.generation, store.next]).toEqual([1, 2]);
    expect(fs.readdirSync(run).sort()).toEqual(["checkpoints", "current", "model.safetensors", "run.json"]);
  });

  test("a run that was moved or copied is the same run", async () => {
    await saved(2);
    fs.renameSync(run, path.join(folder, "moved"));
    fs.cpSync(path.join(folder, "moved"), run, { recursive: true, verbatimSymlinks: true });
    expect(text(await openRun(run).read("model.safetensors"))).toBe("model 1");
    fs.rmSync(path.join(folder, "moved"), { recursive: true });
    expect(fs.readFileSync(at("model.safetensors"), "utf8")).toBe("model 1");
    await save(resumeRun(run), "third");
    expect(text(await openRun(run).read("model.safetensors"))).toBe("third");
  });

  test("a copy that followed the links can be read, and says why it cannot be resumed", async () => {
    await saved();
    fs.cpSync(run, path.join(folder, "copy"), { recursive: true, dereference: true });
    expect(text(await openRun(path.join(folder, "copy")).read("state.json"))).toBe('{"generation":0}');
    expect(() => resumeRun(path.join(folder, "copy"))).toThrow("cp -a");
  });

  test("reading changes nothing, resuming removes what a killed run left", async () => {
    await saved();
    fs.mkdirSync(at("checkpoints", "1"));
    fs.writeFileSync(at("checkpoints", "1", "model.safetensors"), "half");
    fs.writeFileSync(at(".tmp-1-current"), "");
    openRun(run);
    expect(fs.existsSync(at("checkpoints", "1"))).toBe(true);
    const store = resumeRun(run);
    expect(fs.readdirSync(at("checkpoints"))).toEqual(["0"]);
    expect(fs.readdirSync(run)).not.toContain(".tmp-1-current");
    expect(store.next).toBe(1);
  });

  test("generations come one after the other and hold something", async () => {
    const store = await saved();
    await expect(store.put(0, "a", bytes(""))).rejects.toThrow("generation 1, received 0");
    await expect(store.commit(2)).rejects.toThrow("generation 1, received 2");
    await expect(store.commit(1)).rejects.toThrow("has no files");
  });

  test.each(["../a", "a/b", "", ".hidden", "checkpoint.json", "run.json", "current"])(
    "%j is no file name",
    async (name) => {
      await expect(createRun(run).put(0, name, bytes(""))).rejects.toThrow("cannot be a file of a run");
    },
  );

  test("without links the pointer is a file and the model at the top a copy", async () => {
    fail("symlinkSync", "EPERM");
    const store = await saved(2);
    expect(fs.lstatSync(at("current")).isFile()).toBe(true);
    expect(fs.readFileSync(at("model.safetensors"), "utf8")).toBe("model 1");
    expect(text(await openRun(run).read("model.safetensors"))).toBe("model 1");
    fs.writeFileSync(at("model.safetensors"), "stale");
    vi.restoreAllMocks();
    await resumeRun(run).read("state.json");
    expect(fs.readFileSync(at("model.safetensors"), "utf8")).toBe("model 1");
    expect(store.generation).toBe(1);
  });
});

describe("documents", () => {
  test("may change until the first checkpoint vouches for them", async () => {
    const store = createRun(run);
    await store.putDocument("config.json", bytes("1"));
    await store.putDocument("config.json", bytes("2"));
    expect(text(await store.readDocument("config.json"))).toBe("2");
    await save(store);
    await store.putDocument("config.json", bytes("2"));
    await expect(store.putDocument("config.json", bytes("3"))).rejects.toThrow("config.json is part of every");
    await expect(store.putDocument("late.json", bytes("3"))).rejects.toThrow("late.json is part of every");
    await expect(store.putDocument("model.safetensors", bytes(""))).rejects.toThrow("cannot be a file");
    expect(text(await openRun(run).readDocument("config.json"))).toBe("2");
    await expect(openRun(run).readDocument("confg.json")).rejects.toThrow('Did you mean "config.json"');
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

describe("folders", () => {
  test("one that holds a run is not overwritten", async () => {
    await saved();
    expect(() => createRun(run)).toThrow("already holds a run");
    expect(text(await openRun(run).read("model.safetensors"))).toBe("model 0");
  });

  test("one that holds other things is not touched", () => {
    fs.mkdirSync(run);
    fs.writeFileSync(at("model.safetensors"), "mine");
    expect(() => createRun(run)).toThrow('holds "model.safetensors"');
    expect(fs.readdirSync(run)).toEqual(["model.safetensors"]);
  });

  test("what never reached a checkpoint may be begun again, not resumed", async () => {
    const store = createRun(run);
    await store.appendMetric({ step: 1 });
    await store.put(0, "model.safetensors", bytes("half"));
    expect(() => resumeRun(run)).toThrow("has no saved checkpoint");
    expect(() => openRun(run)).toThrow("has no saved checkpoint");
    createRun(run);
    expect(fs.readdirSync(at("checkpoints"))).toEqual([]);
    expect(fs.existsSync(at("metrics.jsonl"))).toBe(false);
  });

  test("one that is missing, or a file, is no run", () => {
    expect(() => openRun(run)).toThrow("there is no run");
    expect(() => resumeRun(folder)).toThrow("there is no run");
    fs.writeFileSync(run, "");
    expect(() => openRun(run)).toThrow("there is no run");
    expect(() => createRun(run)).toThrow("A file already has this name");
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

describe("metrics", () => {
  test("resuming cuts the log behind the step of the checkpoint", async () => {
    const store = await saved();
    for (const line of [{ type: "start" }, { step: 1 }, { step: 2, loss: 1.5 }, { step: 2, valid: 1 }, { step: 3 }]) {
      await store.appendMetric(line);
    }
    fs.appendFileSync(at("metrics.jsonl"), '{"step":4,"lo');
    await store.truncateMetrics(2);
    const kept = '{"type":"start"}\n{"step":1}\n{"step":2,"loss":1.5}\n{"step":2,"valid":1}\n';
    expect(fs.readFileSync(at("metrics.jsonl"), "utf8")).toBe(kept);
    await store.truncateMetrics(2);
    expect(fs.readFileSync(at("metrics.jsonl"), "utf8")).toBe(kept);
    await store.truncateMetrics(0);
    expect(fs.readFileSync(at("metrics.jsonl"), "utf8")).toBe('{"type":"start"}\n');
  });

  test("there may be no log, and a torn line is no line", async () => {
    const store = await saved();
    await store.truncateMetrics(5);
    fs.writeFileSync(at("metrics.jsonl"), '{"step":1}\nnoise\n{"step":2}\n');
    await store.truncateMetrics(5);
    expect(fs.readFileSync(at("metrics.jsonl"), "utf8")).toBe('{"step":1}\n');
  });
});
