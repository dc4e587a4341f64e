import { describe, expect, expectTypeOf, test } from "vitest";
import {
  batchOptions,
  budgetOptions,
  type CompleteOptions,
  completeOptions,
  fixedOptions,
  type OptionTable,
} from "./option-table.js";

const TABLE = {
  cell: { kind: "word", words: ["gru", "lstm"], refused: { rnn: "it is old" }, default: "gru", doc: "cell" },
  hidden: { kind: "whole", from: 1, to: 64, default: 8, doc: "units" },
  rate: { kind: "number", above: 0, doc: "rate" },
  keep: { kind: "number", noun: "probability", from: 0, below: 1, default: 0.5, doc: "share" },
  deep: { kind: "flag", default: false, doc: "more" },
  name: { kind: "text", doc: "name" },
  ...batchOptions("rows", 4, "cells"),
  ...budgetOptions({ epochs: 3 }, "batches"),
} as const satisfies OptionTable;
const complete = (options: object): CompleteOptions<typeof TABLE> => completeOptions("task.train", TABLE, options);

describe("a table of options", () => {
  test("fills in what has a default, and nothing else", () => {
    expect(complete({})).toEqual({ cell: "gru", hidden: 8, keep: 0.5, deep: false, batch: 4, epochs: 3 });
    expect(complete({ rate: 2, name: undefined })).toMatchObject({ rate: 2 });
    expect(complete({ steps: 7 })).toEqual({ cell: "gru", hidden: 8, keep: 0.5, deep: false, batch: 4, steps: 7 });
    const filled = complete({ batchTokens: 90 });
    expect(filled).toEqual({ cell: "gru", hidden: 8, keep: 0.5, deep: false, batchTokens: 90, epochs: 3 });
    expect(complete(filled)).toEqual(filled);
    expect(fixedOptions(TABLE)).toEqual(["cell", "hidden", "rate", "keep", "deep", "name", "batch", "batchTokens"]);
  });

  test("gives types: defaults are there, the rest may not be", () => {
    expectTypeOf<CompleteOptions<typeof TABLE>["cell"]>().toEqualTypeOf<"gru" | "lstm">();
    expectTypeOf<CompleteOptions<typeof TABLE>["rate"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<CompleteOptions<typeof TABLE>["epochs"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<CompleteOptions<typeof TABLE>["batch"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<CompleteOptions<typeof TABLE>["deep"]>().toEqualTypeOf<boolean>();
  });

  test.each<[object, string]>([
    [{ hiden: 3 }, 'task.train: there is no option "hiden". Did you mean "hidden"?'],
    [{ cell: "gro" }, 'task.train: cell cannot be "gro". Did you mean "gru"?'],
    [{ cell: "rnn" }, 'task.train: cell cannot be "rnn": it is old.'],
    [{ cell: 1 }, 'cell cannot be "1"'],
    [{ hidden: 0 }, "hidden must be a whole number from 1 to 64, received 0"],
    [{ hidden: 65 }, "hidden must be a whole number from 1 to 64, received 65"],
    [{ hidden: 1.5 }, "hidden must be a whole number"],
    [{ hidden: "8" }, "hidden must be a whole number"],
    [{ rate: 0 }, "rate must be a number above 0, received 0"],
    [{ rate: NaN }, "rate must be a number above 0, received NaN"],
    [{ rate: Infinity }, "rate must be a number above 0"],
    [{ keep: 1 }, "keep must be a probability from 0 to below 1, received 1"],
    [{ deep: "yes" }, "deep must be true or false, received yes"],
    [{ name: "" }, "name must be a text, received "],
    [{ batch: 3, batchTokens: 90 }, "task.train: batch and batchTokens cannot both be given. Leave one of them out."],
    [{ steps: 1, minutes: 2 }, "exactly one of steps, epochs and minutes says when to end, received steps and minutes"],
  ])("refuses %j", (options, words) => {
    expect(() => complete(options)).toThrow(words);
  });
});
