import { Command } from "commander";
import { describe, expect, it, vi } from "vitest";
import { bias, defineCell, inputWeight, linear, recurrentWeight, tanh } from "../cell/index.js";
import {
  CELL_FAMILIES,
  CELLS,
  gruWith,
  LAYER_NORM_GRU,
  LAYER_NORM_LSTM,
  mogrifierLstm,
  quasiRnn,
  Recurrent,
  recurrentHighway,
} from "../nn/index.js";
import { cellFacts } from "./cell-facts.js";
import { cellTable, defineCells } from "./cells.js";
import { exitCodeOf } from "./failure.js";

/** What the command prints. */
function printed(...words: string[]): string {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const command = new Command("cells").exitOverride().configureOutput({ writeErr: () => {} });
    defineCells(command);
    command.parse(words, { from: "user" });
    return write.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    write.mockRestore();
  }
}

function failure(...words: string[]): unknown {
  try {
    printed(...words);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("the figures of a cell", () => {
  it.each(Object.values(CELLS))("count what the network of $name has, and say where it comes from", (cell) => {
    const facts = cellFacts(cell, 7, 12);
    const net = new Recurrent(cell, { inputSize: 7, hiddenSize: 12 });
    expect(facts.parameters).toBe(net.parameters().reduce((sum, { size }) => sum + size, 0));
    expect(facts.equations).not.toBe("");
    expect(facts.reference).not.toBe("");
  });

  it("know the LSTM: gates, c, tanh c and h are kept; backwards a pass, then a product", () => {
    expect(cellFacts(CELLS.lstm, 64, 128)).toMatchObject({
      formula: "4HI + 4H² + 8H",
      parameters: 4 * 128 * (64 + 128 + 2),
      stages: { forward: 1, backward: 2 },
      savedBytes: 4 * 7 * 128,
    });
  });

  it("do not count what the backward pass writes before it reads it", () => {
    expect(cellFacts(CELLS.elman, 64, 128).savedBytes).toBe(4 * 128);
  });

  it("know a cell with a width of its own", () => {
    expect(cellFacts(CELLS.jordan, 64, 128)).toMatchObject({ formula: "HI + 2HO + 2H + O" });
  });

  it("tell widths with the same letter apart", () => {
    const twice = defineCell({
      name: "twice",
      reference: "",
      dims: { inner: "hidden" },
      params: ({ input, hidden, inner }) => ({
        W: inputWeight(inner, input),
        U: recurrentWeight(inner, hidden),
        V: recurrentWeight(hidden, inner),
      }),
      state: { h: "hidden" },
      step: ({ x, h, p }) => ({ h: linear(tanh(linear(x, p.W).add(linear(h, p.U))), p.V) }),
      output: ({ h }) => h,
    });
    expect(cellFacts(twice, 3, 5)).toMatchObject({ formula: "I·inner + 2H·inner", parameters: 15 + 25 + 25 });
  });

  it("count the second stage of the GRU whose reset comes first", () => {
    expect(cellFacts(CELLS.gruResetBefore, 64, 128).stages.forward).toBe(2);
  });
});

describe("the table", () => {
  it("has every cell, in 100 columns, each column under its title", () => {
    const lines = printed().trimEnd().split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    const rows = Object.keys(CELLS).map((name) => lines.find((line) => line.startsWith(`${name} `))!);
    const end = lines[0].indexOf("stages") + "stages".length;
    for (const row of rows) expect(row.slice(0, end)).toMatch(/\d\/\d$/);
    expect(lines.join("\n")).toContain("h′ = o⊙tanh(c′)");
  });

  it("breaks what is too long", () => {
    const long = defineCell({
      name: "aCellWithANameThatIsLongerThanAnyOther",
      reference: "A. Author, B. Author and C. Author, a paper with a title of many words, 1999",
      summary: "a word and ".repeat(40),
      params: ({ input, hidden }) => ({
        W: inputWeight(hidden, input),
        U: recurrentWeight(hidden, hidden),
        b: bias(hidden),
      }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => ({ h: tanh(linear(x, p.W, p.b).add(linear(h, p.U))) }),
      output: ({ h }) => h,
    });
    const lines = cellTable([cellFacts(long, 3, 4)], { input: 3, hidden: 4 }).split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines.join(" ").match(/a word and/g)).toHaveLength(40);
  });
});

describe("families", () => {
  it("stand under the table, each with what it takes", () => {
    const below = printed().split("Families:")[1];
    for (const name of Object.keys(CELL_FAMILIES)) expect(below).toContain(`\n  ${name}`);
    expect(below).toContain("lstmWith({ input, forget, output, candidate, cell, peepholes, inputForget,");
    expect(below).toContain("mogrifierLstm(rounds, { rank })");
    expect(below).toContain("LAYER_NORM_GRU: article, haste, dreamer, perGate");
  });

  it.each(Object.entries({ LAYER_NORM_LSTM, LAYER_NORM_GRU }))(
    "of %s: each cell says which placement it has",
    (name, cells) => {
      for (const [choice, { summary }] of Object.entries<{ summary: string }>(cells)) {
        expect(summary).toMatch(new RegExp(`^LN as in [^;]+ \\(${name}\\.${choice}\\)`));
      }
      expect(printed()).toContain("LN as in Haste (LAYER_NORM_GRU.haste)");
    },
  );

  it.each([
    ["mogrifierLstm3", mogrifierLstm(3)],
    ["quasiRnn4", quasiRnn(4)],
    ["recurrentHighway5", recurrentHighway(5)],
  ])("have a page for the cell %s", (name, cell) => {
    expect(printed(name)).toContain("each step backwards");
    expect(cell.name).toBe(name);
    expect(JSON.parse(printed(name, "--json"))).toEqual(cellFacts(cell, 64, 128));
  });

  it.each(Object.entries(CELL_FAMILIES))("say how a program calls %s", (name) => {
    const lines = printed(name, "--input", "3", "--hidden", "5").trimEnd().split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines[1]).toBe(`import { ${name}, Recurrent } from "hiddenstate/nn";`);
    expect(lines[2]).toMatch(new RegExp(`^const cell = ${name}[.(].*;$`, "u"));
    expect(lines[3]).toBe("const net = new Recurrent(cell, { inputSize: 3, hiddenSize: 5 });");
  });

  it("show every option of one that has options, and every cell of a choice", () => {
    const page = printed("gruWith");
    for (const word of ["reset", "update", "candidate", "clipGates", "hardSigmoidOnnx", "inputAndCandidate"])
      expect(page).toContain(word);
    expect(JSON.parse(printed("gruWith", "--json"))).toEqual(
      cellFacts(gruWith({ biases: "input", clipGates: 5 }), 64, 128),
    );
    const named = printed("LAYER_NORM_LSTM", "--json").trimEnd().split("\n");
    expect(named.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(
      Object.values(LAYER_NORM_LSTM).map(({ name }) => name),
    );
  });

  it("say which switches and whole numbers one takes", () => {
    expect(printed("lstmWith")).toContain("Switches, true or false, false by default: peepholes, inputForget");
    expect(printed("mogrifierLstm")).toContain("Whole numbers ≥ 1, none by default: rank");
    expect(cellFacts(mogrifierLstm(1, { rank: 2 }), 3, 5)).toMatchObject({
      parameters: 4 * 5 * (3 + 5 + 2) + 2 * (3 + 5),
    });
  });

  it("take no number that is none of theirs", () => {
    for (const name of ["quasiRnn0", "recurrentHighway0", "mogrifierLstm100"]) {
      expect(failure(name)).toMatchObject({ code: "E_VALUE", message: expect.stringContaining("to 99, received") });
      expect(exitCodeOf(failure(name))).toBe(2);
    }
    for (const name of ["lstm3", "lstmWith3", "mogrifierLstm-1", "3", "constructor1", "constructor"]) {
      expect(failure(name)).toMatchObject({ code: "E_USAGE" });
    }
    expect(failure("lsmtWith")).toMatchObject({ message: expect.stringContaining('Did you mean "lstmWith"?') });
  });
});

describe("the command", () => {
  it("prints JSON, a line per cell", () => {
    const objects = printed("--json", "--input", "3", "--hidden=5")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string; parameters: number });
    expect(objects.map(({ name }) => name)).toEqual(Object.keys(CELLS));
    expect(objects.find(({ name }) => name === "gru")!.parameters).toBe(3 * 5 * (3 + 5 + 2));
    expect(JSON.parse(printed("lstm", "--json"))).toEqual(cellFacts(CELLS.lstm, 64, 128));
  });

  it("explains one cell at the sizes asked for", () => {
    const page = printed("gru", "--input", "3", "--hidden", "5", "--batch", "7", "--steps", "11");
    expect(page).toContain("sizes: T 11, B 7, input 3, hidden 5");
    expect(page).toContain("each step backwards — 2 stages");
  });

  it("names the nearest cell for one that there is not, and refuses sizes that are none", () => {
    expect(failure("lsmt")).toMatchObject({
      code: "E_USAGE",
      message: expect.stringContaining('Did you mean "lstm"?'),
    });
    expect(failure("constructor")).toMatchObject({ code: "E_USAGE" });
    for (const name of ["irnn", "IRNN"]) {
      expect(failure(name)).toMatchObject({
        code: "E_USAGE",
        message: expect.stringContaining("IRNN of hiddenstate/nn is the layer: the cell elmanRelu"),
      });
    }
    for (const words of [["lsmt"], ["--hidden", "0"], ["--hidden", "1.5"], ["--steps", "x"]]) {
      expect(exitCodeOf(failure(...words))).toBe(2);
    }
  });
});
