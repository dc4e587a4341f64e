import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createRun, openRun, resumeRun } from "./run-store.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "run-crash-"));
afterEach(() => vi.restoreAllMocks());
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Contents that tell generation and file apart in every byte; the same formula as in the child. */
function contents(generation: number, name: string): Buffer {
  return Buffer.alloc(20_000 + (generation % 7) * 1000, `${name} of ${generation}; `);
}
/** Every third checkpoint, from the second on, is the best so far. */
const isBest = (generation: number): boolean => generation % 3 === 1;
const bestAt = (generation: number): number | null => (generation < 1 ? null : generation - ((generation - 1) % 3));
const FILES = ["model.safetensors", "optimizer.safetensors", "state.json"];

/** What must hold of a run folder after any crash; returns its generation. */
async function checkWhole(run: string): Promise<number> {
  const reader = openRun(run);
  const generation = reader.generation!;
  for (const name of FILES) expect(Buffer.from(await reader.read(name)).equals(contents(generation, name))).toBe(true);
  expect(fs.readFileSync(path.join(run, "model.safetensors")).equals(contents(generation, "model.safetensors"))).toBe(
    true,
  );
  expect(Buffer.from(await reader.readDocument("config.json")).toString()).toBe("{}");
  expect(reader.best).toBe(bestAt(generation));
  const best = contents(reader.best ?? generation, "state.json");
  expect(Buffer.from(await reader.readBest("state.json")).equals(best)).toBe(true);
  if (reader.best !== null && fs.lstatSync(path.join(run, "best"), { throwIfNoEntry: false })) {
    // The link follows after the commit: a reader of files meets the best, or the one before, and never half of one.
    const found = fs.readFileSync(path.join(run, "best", "model.safetensors"));
    expect([reader.best, reader.best - 3].some((g) => found.equals(contents(g, "model.safetensors")))).toBe(true);
  }
  return generation;
}

const CHILD = `
  import { createRun, resumeRun } from "./store.mjs";
  import fs from "node:fs";
  const run = process.argv[2];
  const resumes = fs.existsSync(run + "/current");
  const store = resumes ? resumeRun(run) : createRun(run);
  if (resumes) await store.truncateMetrics(store.generation);
  else await store.putDocument("config.json", Buffer.from("{}"));
  for (;;) {
    const generation = store.next;
    await store.appendMetric({ step: generation });
    for (const name of ${JSON.stringify(FILES)}) {
      await store.put(generation, name, Buffer.alloc(20_000 + (generation % 7) * 1000, name + " of " + generation + "; "));
    }
    await store.commit(generation, { best: generation % 3 === 1 });
    fs.writeSync(1, generation + "\\n");
  }
`;

beforeAll(async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("./run-store.ts", import.meta.url)),
    platform: "node",
    logLevel: "silent",
  });
  await bundle.write({ file: path.join(folder, "store.mjs") });
  await bundle.close();
  fs.writeFileSync(path.join(folder, "child.mjs"), CHILD);
});

/** Run the child until it has committed once and `delay` ms more, then kill it; the last generation it told of. */
async function killed(run: string, delay: number): Promise<number> {
  const child = spawn(process.execPath, [path.join(folder, "child.mjs"), run], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (told += text));
  await once(child.stdout, "data");
  await new Promise((done) => setTimeout(done, delay));
  child.kill("SIGKILL");
  await once(child, "close");
  return Number(told.trim().split("\n").at(-1));
}

test(
  "a run killed at random moments opens to the last checkpoint it told of, or the next, whole",
  { timeout: 120_000 },
  async () => {
    const run = path.join(folder, "killed");
    let last = -1;
    for (let round = 0; round < 20; round++) {
      const told = await killed(run, Math.random() * 25);
      const generation = await checkWhole(run);
      expect([told, told + 1]).toContain(generation);
      expect(generation).toBeGreaterThan(last);
      last = generation;
    }
    const store = resumeRun(run);
    await store.truncateMetrics(last);
    const steps = fs
      .readFileSync(path.join(run, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).step);
    expect(steps).toEqual(Array.from({ length: last + 1 }, (_, step) => step));
    const kept = new Set([bestAt(last) ?? last, last].map(String));
    expect(fs.readdirSync(path.join(run, "checkpoints")).sort()).toEqual([...kept].sort());
    expect(fs.readlinkSync(path.join(run, "best"))).toBe(`checkpoints/${bestAt(last)}`);
    expect(fs.readdirSync(run).filter((name) => name.startsWith(".tmp"))).toEqual([]);
  },
);

const CALLS = [
  "writeFileSync",
  "renameSync",
  "symlinkSync",
  "rmSync",
  "mkdirSync",
  "openSync",
  "fsyncSync",
  "appendFileSync",
] as const;

/** Let the process "die" at file system call number `limit`: half of a write happens, then nothing ever again. */
function dieAt(limit: number): { calls: number } {
  const counter = { calls: 0 };
  for (const name of CALLS) {
    const real = fs[name] as (...args: unknown[]) => unknown;
    vi.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      if (++counter.calls < limit) return real(...args);
      if (counter.calls === limit && name === "writeFileSync") real(args[0], (args[1] as Uint8Array).subarray(0, 5));
      throw new Error("dead");
    }) as never);
  }
  return counter;
}

async function save(run: string): Promise<void> {
  const store = resumeRun(run);
  await store.appendMetric({ step: store.next });
  for (const name of FILES) await store.put(store.next, name, contents(store.next, name));
  await store.commit(store.next, { best: isBest(store.next) });
}

test("a death at every single file system call of a resume and a save leaves the one or the other checkpoint", async () => {
  const run = path.join(folder, "dying");
  const store = createRun(run);
  await store.putDocument("config.json", Buffer.from("{}"));
  for (const name of FILES) await store.put(0, name, contents(0, name));
  await store.commit(0);
  const seen = new Set<number>();
  for (let limit = 1; ; limit++) {
    const copy = path.join(folder, `dying-${limit}`);
    fs.cpSync(run, copy, { recursive: true, verbatimSymlinks: true });
    const counter = dieAt(limit);
    const survived = await save(copy).then(
      () => true,
      () => false,
    );
    vi.restoreAllMocks();
    const generation = await checkWhole(copy);
    seen.add(generation);
    await save(copy);
    expect(await checkWhole(copy)).toBe(generation + 1);
    fs.rmSync(copy, { recursive: true });
    if (survived && counter.calls < limit) break;
    expect(limit).toBeLessThan(200);
  }
  expect([...seen].sort()).toEqual([0, 1]);
});
