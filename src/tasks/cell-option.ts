/** The recurrent cell of a task, as an option. */
import { CELLS } from "../nn/index.js";

/** Cells whose answer for a row is that of the rows beside it, too; `PopulationStatistics` runs a network of them row by row. */
const CROSS_ROW = Object.values(CELLS).filter(({ crossRow }) => crossRow);

/** A cell by its name in `CELLS`, of those that read each row by itself; `usual` is the default. */
export function cellOption<Name extends string>(usual: Name, doc: string) {
  return {
    kind: "word",
    words: Object.keys(CELLS).filter((cell) => !CROSS_ROW.includes(CELLS[cell])),
    refused: Object.fromEntries(
      CROSS_ROW.map((cell) => [
        cell.name,
        "it normalises by what else is in the batch, and a model of a task answers each input by itself; " +
          "in a program PopulationStatistics of hiddenstate/nn runs it so",
      ]),
    ),
    default: usual,
    doc,
  } as const;
}
