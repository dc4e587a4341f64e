import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runNode, sampleText, temporaryFolder } from "../cli/command.js";

const folder = temporaryFolder();
const CHILD = fileURLToPath(new URL("./killable-training.mjs", import.meta.url));
const STEPS = 150;

const file = (run: string, name: string): string => fs.readFileSync(path.join(folder, run, name), "utf8");
const stepsIn = (out: string): number[] => out.trim().split("\n").map(Number);

test(
  "a run killed at five moments, one of them during a save, has the bits of a run that was not",
  { timeout: 120_000 },
  async () => {
    const text = path.join(folder, "text.txt");
    fs.writeFileSync(text, sampleText(60));
    const train = (run: string, ...more: string[]): string[] => [path.join(folder, run), text, `${STEPS}`, ...more];

    const whole = await runNode(CHILD, train("whole"));
    expect(whole).toMatchObject({ code: 0, err: "" });
    expect(stepsIn(whole.out)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));

    let resumed = 0;
    for (const kill of [1, 2, 3, 4, 5]) {
      // Each life is at least a checkpoint long, so that the five together get somewhere; the moment itself is random.
      const limit = 8 + Math.floor(Math.random() * 15);
      const life =
        kill === 3
          ? await runNode(CHILD, train("killed", "2"))
          : await runNode(CHILD, train("killed"), {
              watch: (out, end) => {
                if (stepsIn(out).length >= limit) end("SIGKILL");
              },
            });
      expect(life).toMatchObject({ signal: "SIGKILL", err: "" });
      const [first] = stepsIn(life.out);
      if (kill > 1) expect(first).toBeGreaterThan(1);
      resumed += first - 1;
    }
    expect(resumed).toBeGreaterThan(0);
    expect(await runNode(CHILD, train("killed"))).toMatchObject({ code: 0, err: "" });

    expect(file("killed", "metrics.jsonl")).toBe(file("whole", "metrics.jsonl"));
    const steps = file("killed", "metrics.jsonl").trim().split("\n").length;
    expect(steps).toBe(STEPS + Math.ceil(STEPS / 20));
    for (const name of ["model.safetensors", "current/optimizer.safetensors", "current/carry.safetensors"]) {
      expect(fs.readFileSync(path.join(folder, "killed", name))).toEqual(
        fs.readFileSync(path.join(folder, "whole", name)),
      );
    }
  },
);

test(
  "so has a training on batches: schedule, accumulation, averaging and patience, killed in the middle of a pass",
  { timeout: 120_000 },
  async () => {
    const child = fileURLToPath(new URL("./killable-batches.mjs", import.meta.url));
    const at = (run: string): string => path.join(folder, run);
    const whole = await runNode(child, [at("batches")]);
    expect(whole).toMatchObject({ code: 0, err: "" });
    const steps = stepsIn(whole.out).length;
    expect(steps).toBeGreaterThan(60);
    expect(JSON.parse(file(".", "batches-end.json")).reason).toBe("patience");
    const lines = file("batches", "metrics.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { lr?: number });
    expect(new Set(lines.map(({ lr }) => lr)).size).toBeGreaterThan(12);

    let resumed = 0;
    for (const kill of [1, 2, 3, 4, 5]) {
      const limit = 8 + Math.floor(Math.random() * 5);
      const life =
        kill === 3
          ? await runNode(child, [at("slain"), "2"])
          : await runNode(child, [at("slain")], {
              watch: (out, end) => {
                if (stepsIn(out).length >= limit) end("SIGKILL");
              },
            });
      expect(life).toMatchObject({ signal: "SIGKILL", err: "" });
      const [first] = stepsIn(life.out);
      resumed += first - 1;
    }
    expect(resumed).toBeGreaterThan(0);
    expect(await runNode(child, [at("slain")])).toMatchObject({ code: 0, err: "" });
    const end = (run: string): object => ({ ...(JSON.parse(file(".", `${run}-end.json`)) as object), run: null });
    expect(end("slain")).toEqual(end("batches"));
    expect(file("slain", "metrics.jsonl")).toBe(file("batches", "metrics.jsonl"));
    for (const name of ["model", "current/optimizer", "current/raw", "best/model", "best/optimizer"]) {
      expect(fs.readFileSync(path.join(at("slain"), `${name}.safetensors`))).toEqual(
        fs.readFileSync(path.join(at("batches"), `${name}.safetensors`)),
      );
    }
  },
);
