/** The small programs of `examples/` beside those of `examples/memory`: what they print and write, on files made here. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runNode, temporaryFolder } from "../cli/command.js";

const folder = temporaryFolder();
const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

it("tunes/accepted counts tunes that a parser accepts, and bars that are full", async () => {
  const head = "X: 1\nT:One\nY:AB\nM:6/8\nL:1/8\nK:G\n";
  const tunes = [
    `${head}g2g B^AB|d2d G3|A3 A3|`, // two inner bars, both full
    `${head}g2g B^AB|d2d G2|A3 A3|`, // the first inner bar has five eighths
    `${head}g2g B^AB|d2d )q§|A3 A3|`, // what no parser knows
    "no tune",
    `${head}cut off`,
  ];
  const file = path.join(folder, "tunes.abc");
  writeFileSync(file, tunes.join("\n\n"));
  const { code, out, err } = await runNode(example("tunes/accepted.mjs"), [file]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe("tunes 3, accepted 66.7 %, full bars 75.0 %\n");
  const { code: failure, err: words } = await runNode(example("tunes/accepted.mjs"), []);
  expect({ failure, words }).toEqual({ failure: 2, words: "expected: accepted.mjs FILE.abc …\n" });
});

it("classify/every-tenth sets every tenth line of each file aside", async () => {
  const [from, to] = ["names", "split"].map((name) => path.join(folder, name));
  mkdirSync(from);
  const lines = Array.from({ length: 25 }, (_, i) => `name ${i}`);
  writeFileSync(path.join(from, "Dutch.txt"), lines.join("\n\n"));
  const { code, err } = await runNode(example("classify/every-tenth.mjs"), [from, to]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(readdirSync(to).sort()).toEqual(["test", "train"]);
  expect(readFileSync(path.join(to, "test", "Dutch.txt"), "utf8")).toBe("name 9\nname 19\n");
  expect(readFileSync(path.join(to, "train", "Dutch.txt"), "utf8").split("\n")).toHaveLength(24);
});
