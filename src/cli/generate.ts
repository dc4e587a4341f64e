import { once } from "node:events";
import type { Command } from "commander";
import { runWritesNothing, searchDrawsNothing } from "../errors.js";
import { type GenerateOptions, LanguageModel } from "../tasks/index.js";
import { Breather } from "../train/index.js";
import { outputClosed } from "./broken-pipe.js";
import { number, whole } from "./flags.js";
import { flagOf } from "./option-flags.js";
import { addRunArguments, runAlone, type RunWords } from "./run-words.js";
import { openTrained } from "./trained.js";

/** Flags of drawing, which a search does not do. */
const DRAWING = ["temperature", "topK", "topP", "minP", "repetitionPenalty", "seed"] as const;

/** `hiddenstate generate [TASK] RUN`: write with a trained language model, text as it comes. */
export function defineGenerate(command: Command): void {
  command
    .description("Write with a trained language model; text appears as it comes.")
    .option("--prompt <text>", "text to go on from (default: a line break)")
    .option(
      "--length <n>",
      "characters, words or pieces to write (default: 500; with --beam at most so many, 100)",
      whole("--length"),
    )
    .option(
      "--temperature <t>",
      "below 1 bolder, above 1 more varied, 0 the best choice (default: 1)",
      number("--temperature"),
    )
    .option("--top-k <k>", "choose among the k best (default: all)", whole("--top-k"))
    .option("--top-p <p>", "choose among the best that have probability p together (default: 1)", number("--top-p"))
    .option(
      "--min-p <p>",
      "leave out what is less than p times as probable as the best (default: 0)",
      number("--min-p"),
    )
    .option(
      "--repetition-penalty <x>",
      "make what was written less probable, e.g. 1.2 (default: 1, not)",
      number("--repetition-penalty"),
    )
    .option(
      "--block-repeats <n>",
      "write no run of n tokens twice (default: any may come again)",
      whole("--block-repeats"),
    )
    .option("--beam <n>", "search for the best end of the line with a beam of n instead of drawing", whole("--beam"))
    .option("--seed <n>", "decides the draws (default: 1)", whole("--seed"))
    .addHelpText("after", '\nExample: hiddenstate generate runs/language-lstm-1 --prompt "ROMEO:" --temperature 0.8')
    .action(() => generate(runAlone(command), command.opts<GenerateFlags>()));
  addRunArguments(command);
}

type GenerateFlags = Omit<GenerateOptions, "noRepeat"> & { readonly blockRepeats?: number; readonly beam?: number };

async function generate(
  { run, task: named }: Omit<RunWords, "rest">,
  { blockRepeats: noRepeat, beam, ...flags }: GenerateFlags,
): Promise<void> {
  const idle = DRAWING.filter((name) => beam !== undefined && flags[name] !== undefined).map(flagOf);
  if (idle.length > 0) throw searchDrawsNothing(idle);
  const { task, model } = await openTrained(run, named);
  if (!(model instanceof LanguageModel)) throw runWritesNothing(run, task.name);
  const { prompt = "", length } = flags;
  if (beam !== undefined) {
    const [{ text }] = model.continuations({ prompt, length, beam, noRepeat });
    process.stdout.write(`${prompt}${text}\n`);
    return;
  }
  const options = { ...flags, ...(noRepeat === undefined ? {} : { noRepeat }) };
  const out = process.stdout;
  const breather = new Breather();
  let last = "\n";
  const write = async (text: string): Promise<void> => {
    last = text;
    if (!out.write(text)) await once(out, "drain");
  };
  let prompted = options.prompt === undefined;
  for (const character of model.generate(options)) {
    // Only now is it known that the model can read the prompt.
    if (!prompted) await write(options.prompt!);
    prompted = true;
    await write(character);
    await breather.breathe();
    if (outputClosed()) return;
  }
  if (!last.endsWith("\n")) await write("\n");
}
