import { Rng } from "../runtime/index.js";
import type { TagData, TagExample } from "./tag-data.js";

const FIRST = ["Ada", "Grace", "Alan", "Emmy", "Kurt", "Mary", "Niels", "Lise", "Paul", "Rosa"];
const LAST = ["Berg", "Carver", "Dahl", "Fischer", "Hopper", "Marlow", "Noether", "Tanner", "Weiss", "Young"];
const CITY = ["Lisbon", "Oslo", "Quito", "Riga", "Turin", "Vienna"];
const BEFORE = ["New", "Port", "Old"];
const KIND = ["Press", "Motors", "Bank", "Institute"];
const TITLE = ["Dr", "Mrs", "Captain"];
const VERB = ["visited", "left", "praised", "called", "joined", "sued"];
const WHEN = ["yesterday", "in May", "on Monday", "again"];

/**
 * Sentences with people (PER), places (LOC) and firms (ORG) in them, in IOB2, always the same: names are drawn from one list
 * for all three, so that the words around decide.
 */
export function exampleTagged(sentences = 600): TagData {
  const rng = new Rng(1).split("tagged");
  const one = (words: readonly string[]): string => words[Math.floor(rng.uniform() * words.length)];
  const maybe = (p: number): boolean => rng.uniform() < p;
  const span = (type: string, words: readonly string[]): [string, string][] =>
    words.map((word, i) => [word, `${i === 0 ? "B" : "I"}-${type}`]);
  const plain = (text: string): [string, string][] => text.split(" ").map((word) => [word, "O"]);
  const person = (): [string, string][] => [
    ...(maybe(0.3) ? plain(one(TITLE)) : []),
    ...span("PER", maybe(0.6) ? [one(FIRST), one(LAST)] : [one(FIRST)]),
  ];
  const place = (): [string, string][] => span("LOC", [...(maybe(0.3) ? [one(BEFORE)] : []), one([...CITY, ...LAST])]);
  const firm = (): [string, string][] => span("ORG", [one([...LAST, ...CITY]), one(KIND)]);
  const sentence = (): [string, string][] => {
    const start = maybe(0.5) ? person() : [...plain("the director of"), ...firm()];
    const object = maybe(0.5) ? firm() : person();
    const where = maybe(0.6) ? [...plain(maybe(0.5) ? "in" : "near"), ...place()] : [];
    return [...start, ...plain(one(VERB)), ...object, ...where, ...(maybe(0.5) ? plain(one(WHEN)) : []), [".", "O"]];
  };
  return Array.from({ length: sentences }, (): TagExample => {
    const words = sentence();
    return { tokens: words.map(([token]) => token), labels: words.map(([, label]) => label) };
  });
}
