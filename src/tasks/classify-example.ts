import { Rng } from "../runtime/index.js";
import type { TextExample } from "./classify-data.js";

/** Sentences of each kind, with slots in capitals. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  greeting: ["good TIME PERSON", "hello PERSON", "nice to see you PERSON", "how are you this TIME"],
  order: [
    "please bring me a THING",
    "give the THING to PERSON",
    "buy two THINGs before the TIME",
    "put the THING away",
  ],
  question: ["where is the THING", "who has seen PERSON", "when does the TIME begin", "why is the THING so COLOUR"],
  report: [
    "PERSON has lost the THING",
    "the THING is COLOUR now",
    "PERSON came in the TIME",
    "it was not the COLOUR THING",
  ],
};
const SLOTS: Readonly<Record<string, readonly string[]>> = {
  TIME: ["morning", "evening", "afternoon", "night"],
  PERSON: ["anna", "my brother", "the teacher", "mister stone", "our guest", "peter"],
  THING: ["lamp", "letter", "ticket", "umbrella", "cup", "garden chair"],
  COLOUR: ["red", "blue", "old", "heavy", "wet"],
};
/** Said with any kind, so that no word alone decides. */
const AROUND = ["", "", "well ", "oh ", "you know "];
const AFTER = ["", "", " my friend", " they say", " today"];

/** 1,200 sentences of four kinds by a small grammar, always the same. */
export function exampleSentences(count = 1200): TextExample[] {
  const rng = new Rng(1).split("sentences");
  const one = (words: readonly string[]): string => words[rng.integer(words.length)];
  const labels = Object.keys(KINDS);
  return Array.from({ length: count }, () => {
    const label = one(labels);
    const middle = one(KINDS[label]).replace(/[A-Z]{2,}/g, (slot) => one(SLOTS[slot]));
    return { text: `${one(AROUND)}${middle}${one(AFTER)}`, label };
  });
}
