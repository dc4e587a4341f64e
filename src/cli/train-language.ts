import type { Command } from "commander";
import { CELLS } from "../nn/index.js";
import { DEFAULT_STEPS, LANGUAGE_DEFAULTS as DEFAULTS } from "../tasks/index.js";
import { number, oneOf, whole } from "./flags.js";
import { type LanguageFlags, trainLanguage } from "./language-session.js";

/** `hiddenstate train language`: a character language model. */
export function defineTrainLanguage(command: Command): void {
  const cells = Object.keys(CELLS);
  command
    .summary("train a model that writes text, character by character")
    .description("Train a model that predicts the next character of a text, and then writes.")
    .option("--data <path>", "text file, or folder of text files (default: hiddenstate's own sources and documents)")
    .option("--cell <name>", `recurrent cell: ${cells.join(", ")} (default: ${DEFAULTS.cell})`, oneOf("--cell", cells))
    .option("--hidden <n>", `units of each layer (default: ${DEFAULTS.hidden})`, whole("--hidden"))
    .option("--layers <n>", `layers (default: ${DEFAULTS.layers})`, whole("--layers"))
    .option("--embed <n>", `numbers that stand for a character (default: ${DEFAULTS.embed})`, whole("--embed"))
    .option("--window <n>", `characters that gradients flow through (default: ${DEFAULTS.window})`, whole("--window"))
    .option("--batch <n>", `places of the text read side by side (default: ${DEFAULTS.batch})`, whole("--batch"))
    .option("--lr <x>", `learning rate of Adam (default: ${DEFAULTS.lr})`, number("--lr"))
    .option("--clip <x>", `bound of the gradient's norm (default: ${DEFAULTS.clip})`, number("--clip"))
    .option("--dropout <p>", `probability of dropping a unit (default: ${DEFAULTS.dropout})`, number("--dropout"))
    .option("--steps <n>", `train for so many windows (default: ${DEFAULT_STEPS})`, whole("--steps"))
    .option("--epochs <n>", "train for so many passes over the text, instead", number("--epochs"))
    .option("--minutes <m>", "train for so long, instead", number("--minutes"))
    .option(
      "--valid <share>",
      `share of the text, at its end, to validate on (default: ${DEFAULTS.valid})`,
      number("--valid"),
    )
    .option("--seed <n>", `decides weights, dropout and samples (default: ${DEFAULTS.seed})`, whole("--seed"))
    .option("--threads <n>", "threads (default: the cores, at most 8); the numbers are the same", whole("--threads"))
    .option(
      "--precision <mode>",
      "strict, or fast for fused multiply-add where there is any (default: strict)",
      oneOf("--precision", ["strict", "fast"]),
    )
    .option("--out <dir>", "folder of the run (default: runs/language-<cell>-<seed>)")
    .option("--resume <dir>", "go on with a run, with its settings")
    .option("--json", "print one JSON object per event")
    .addHelpText("after", "\nExample: hiddenstate train language --data book.txt --cell gru --minutes 5")
    .action((flags: LanguageFlags) => trainLanguage(flags));
}
