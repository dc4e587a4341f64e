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

describe("the best checkpoint", () => {
  const saveAs = async (store: RunStore, best: boolean): Promise<void> => {
    await store.put(store.next, "model.safetensors", bytes(`model ${store.next}`));
    await store.commit(store.next, { best });
  };

  test("stays beside the last until there is a better one", async () => {
    const store = await saved(1);
    expect([store.best, text(await store.readBest("model.safetensors"))]).toEqual([null, "model 0"]);
    expect(fs.existsSync(at("best"))).toBe(false);
    await saveAs(store, true);
    await saveAs(store, false);
    await saveAs(store, false);
    expect(fs.readdirSync(at("checkpoints"))).toEqual(["1", "3"]);
    for (const reader of [store, openRun(run), resumeRun(run)]) {
      expect([reader.generation, reader.best]).toEqual([3, 1]);
      expect(text(await reader.readBest("model.safetensors"))).toBe("model 1");
      expect(text(await reader.read("model.safetensors"))).toBe("model 3");
    }
    expect(fs.readFileSync(at("best/model.safetensors"), "utf8")).toBe("model 1");
    const old = openRun(run);
    await saveAs(store, true);
    expect(fs.readdirSync(at("checkpoints"))).toEqual(["4"]);
    expect(fs.readFileSync(at("best/model.safetensors"), "utf8")).toBe("model 4");
    await expect(old.readBest("model.safetensors")).rejects.toMatchObject({ code: "E_RUN_CHANGED" });
    await expect(store.putDocument("best", bytes(""))).rejects.toThrow("cannot be a file");
  });

  test("is verified as the last is", async () => {
    const store = await saved(0);
    await saveAs(store, true);
    await saveAs(store, false);
    fs.writeFileSync(at("checkpoints/0/model.safetensors"), "model 9");
    await expect(openRun(run).readBest("model.safetensors")).rejects.toMatchObject({ code: "E_RUN_DAMAGED" });
    await expect(openRun(run).readBest("modle.safetensors")).rejects.toThrow('Did you mean "model.safetensors"');
    fs.rmSync(at("checkpoints/0/checkpoint.json"));
    await expect(openRun(run).readBest("model.safetensors")).rejects.toMatchObject({ code: "E_RUN_DAMAGED" });
  });

  test("without links its model is a copy, and a link that a copy of the run has followed is put back", async () => {
    const links = await saved(0);
    await saveAs(links, true);
    await saveAs(links, false);
    fs.rmSync(at("best"));
    fs.mkdirSync(at("best"));
    fs.writeFileSync(at("best/model.safetensors"), "stale");
    resumeRun(run);
    expect(fs.readlinkSync(at("best"))).toBe("checkpoints/0");
    fs.rmSync(run, { recursive: true });
    fail("symlinkSync", "EPERM");
    const copies = await saved(0);
    await saveAs(copies, true);
    await saveAs(copies, false);
    expect(fs.readFileSync(at("best/model.safetensors"), "utf8")).toBe("model 0");
    expect(fs.lstatSync(at("best")).isDirectory()).toBe(true);
  });

  test("a run of before there was a best is read", async () => {
    await saved(2);
    const list = at("checkpoints/1/checkpoint.json");
    const { best: _best, ...old } = JSON.parse(fs.readFileSync(list, "utf8"));
    fs.writeFileSync(list, JSON.stringify(old));
    expect(openRun(run).best).toBeNull();
    fs.writeFileSync(list, JSON.stringify({ ...old, best: "1" }));
    expect(() => openRun(run)).toThrow("checkpoint.json");
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

test("pages may change at any time; the log can be read while it is written", async () => {
  const store = await saved(2);
  for (const words of ["before", "after"]) {
    await store.putPage("README.md", bytes(words));
    expect(text(fs.readFileSync(at("README.md")))).toBe(words);
  }
  for (const name of ["config.json", "run.json", "metrics.jsonl", "model.safetensors", "../a"]) {
    await expect(store.putPage(name, bytes("x"))).rejects.toMatchObject({ code: "E_RUN_FILE" });
  }
  expect(await store.readMetrics()).toEqual([]);
  await store.appendMetric({ step: 1, loss: 2 });
  fs.appendFileSync(at("metrics.jsonl"), '{"step":2');
  expect(await store.readMetrics()).toEqual([{ step: 1, loss: 2 }]);
  expect(text(await openRun(run).readDocument("config.json"))).toBe('{"hidden":4}');
});
