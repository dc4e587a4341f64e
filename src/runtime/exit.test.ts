import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let folder = "";

beforeAll(async () => {
  const build = await rolldown({
    input: at("./runtime.ts"),
    platform: "node",
    resolve: { alias: { "#host": at("../node/host.ts") }, extensionAlias: { ".js": [".ts", ".js"] } },
  });
  folder = mkdtempSync(join(tmpdir(), "hiddenstate-exit-"));
  await build.write({ file: join(folder, "runtime.mjs"), format: "esm" });
  await build.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Run a program that has just made two threads multiply matrices. */
function program(rest: string, limit = 10_000): SpawnSyncReturns<string> {
  const text = `
    import { startSync } from "./runtime.mjs";
    const machine = startSync({ threads: 2 });
    const n = 256, at = machine.heap.alloc(12 * n * n);
    machine.heap.f32(at, 3 * n * n).fill(1);
    const multiply = () => machine.kernels("f32").gemm(at, n, at + 4 * n * n, n, at + 8 * n * n, n, n, n, false);
    multiply();
    console.log("forks", machine.counters.forks);
    ${rest}`;
  writeFileSync(join(folder, "main.mjs"), text);
  return spawnSync(process.execPath, [join(folder, "main.mjs")], { encoding: "utf8", timeout: limit });
}

describe("a program with a pool", () => {
  it("ends by itself, workers asleep or spinning", () => {
    const { stdout, status, signal } = program("");
    expect([stdout, status, signal]).toEqual(["forks 1\n", 0, null]);
    expect(program("setTimeout(() => {}, 50)").status).toBe(0);
  });

  it("ends by process.exit and by an error, with their codes", () => {
    expect(program("process.exit(7)").status).toBe(7);
    const { status, stderr } = program("multiply(); throw new Error('on the way')");
    expect(status).toBe(1);
    expect(stderr).toMatch(/on the way/);
  });

  it("multiplies ten thousand times without growing", () => {
    const { stdout, status } = program(`
      const before = machine.heap.stats().capacityBytes;
      const small = () => machine.kernels("f32").gemm(at, n, at + 4 * n * n, n, at + 8 * n * n, 64, 128, 128, false);
      for (let i = 0; i < 10000; i++) small();
      console.log(machine.counters.forks, machine.heap.stats().capacityBytes === before);`);
    expect([stdout, status]).toEqual(["forks 1\n10001 true\n", 0]);
  });
});
