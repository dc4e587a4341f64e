import { once } from "node:events";
import type { Command } from "commander";
import { openRun } from "../node/index.js";
import { type GenerateOptions, language } from "../tasks/index.js";
import { Breather } from "../train/index.js";
import { outputClosed } from "./broken-pipe.js";
import { number, whole } from "./flags.js";

/** `hiddenstate generate RUN`: write with a trained language model, characters as they come. */
export function defineGenerate(command: Command): void {
  command
    .description("Write with a trained language model; characters appear as they come.")
    .argument("<run>", "folder of the run")
    .option("--prompt <text>", "text to go on from (default: a line break)")
    .option("--length <n>", "characters to write (default: 500)", whole("--length"))
    .option(
      "--temperature <t>",
      "below 1 bolder, above 1 more varied, 0 the best choice (default: 1)",
      number("--temperature"),
    )
    .option("--top-k <k>", "choose among the k best (default: all)", whole("--top-k"))
    .option("--top-p <p>", "choose among the best that have probability p together (default: 1)", number("--top-p"))
    .option("--seed <n>", "decides the draws (default: 1)", whole("--seed"))
    .addHelpText("after", '\nExample: hiddenstate generate runs/language-lstm-1 --prompt "ROMEO:" --temperature 0.8')
    .action((run: string, options: GenerateOptions) => generate(run, options));
}

async function generate(run: string, options: GenerateOptions): Promise<void> {
  const model = await language.load(openRun(run));
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
