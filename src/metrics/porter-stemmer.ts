/**
 * Porter's stemmer for English with NLTK's extensions, which ROUGE counts words by: "relational" and "relate" become
 * "relat".
 *
 * Source: Porter, "An algorithm for suffix stripping", 1980; NLTK's PorterStemmer for the deviations, and for words that
 * are stored whole.
 */

/** [suffix, what stands for it] for stems of a measure above `least`; of several that fit, the first decides. */
type Suffixes = readonly (readonly [suffix: string, instead: string])[];

const pairs = (text: string): Suffixes =>
  text.split(" ").map((pair) => {
    const [suffix, instead] = pair.split(":");
    return [suffix, instead];
  });

const DERIVED = pairs(
  "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous ization:ize ation:ate " +
    "ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive biliti:ble fulli:ful logi:log",
);
const FURTHER = pairs("icate:ic ative: alize:al iciti:ic ical:ic ful: ness:");
const ENDINGS = pairs(
  "al: ance: ence: er: ic: able: ible: ant: ement: ment: ent: ion: ou: ism: ate: iti: ous: ive: ize:",
);

const WHOLE = new Map([
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["innings", "inning"],
  ["outings", "outing"],
  ["cannings", "canning"],
  ...["sky", "news", "inning", "outing", "canning", "howe", "proceed", "exceed", "succeed"].map(
    (word): [string, string] => [word, word],
  ),
]);

/**
 * The stem of an English word.
 *
 * @param word in lower case
 */
export function porterStem(word: string): string {
  const whole = WHOLE.get(word);
  if (whole !== undefined || word.length <= 2) return whole ?? word;
  const plain = yToI(withoutPast(withoutPlural(word)));
  const stripped = [derived, (x: string) => replaced(x, FURTHER, 0), (x: string) => replaced(x, ENDINGS, 1)];
  return withoutDoubleL(withoutE(stripped.reduce((text, step) => step(text), plain)));
}

function withoutPlural(word: string): string {
  if (word.endsWith("ies")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("sses")) return word.slice(0, -2);
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

function withoutPast(word: string): string {
  if (word.endsWith("ied")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("eed")) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((end) => word.endsWith(end) && hasVowel(word.slice(0, -end.length)));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (stem.length >= 2 && stem.at(-1) === stem.at(-2) && isConsonant(stem, stem.length - 1)) {
    return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  }
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function yToI(word: string): string {
  const before = word.length - 2;
  return word.endsWith("y") && before > 0 && isConsonant(word, before) ? `${word.slice(0, -1)}i` : word;
}

function derived(word: string): string {
  if (word.endsWith("alli") && measure(word.slice(0, -4)) > 0) return derived(word.slice(0, -2));
  return replaced(word, DERIVED, 0);
}

function replaced(word: string, suffixes: Suffixes, least: number): string {
  const found = suffixes.find(([suffix]) => word.endsWith(suffix));
  if (found === undefined) return word;
  const [suffix, instead] = found;
  const stem = word.slice(0, -suffix.length);
  // The l of -logi counts as part of the stem, and -ion needs an s or t before it.
  const measured = suffix === "logi" ? `${stem}l` : stem;
  const fits = measure(measured) > least && (suffix !== "ion" || /[st]$/.test(stem));
  return fits ? stem + instead : word;
}

function withoutE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  const length = measure(stem);
  return length > 1 || (length === 1 && !endsShort(stem)) ? stem : word;
}

function withoutDoubleL(word: string): string {
  return word.endsWith("ll") && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;
}

/** Runs of vowels that a run of consonants follows. */
function measure(stem: string): number {
  let count = 0;
  for (let i = 1, before = stem !== "" && isConsonant(stem, 0); i < stem.length; i++) {
    const consonant = consonantAfter(stem[i], before);
    if (consonant && !before) count++;
    before = consonant;
  }
  return count;
}

function hasVowel(stem: string): boolean {
  for (let i = 0; i < stem.length; i++) if (!isConsonant(stem, i)) return true;
  return false;
}

/** Consonant, vowel, consonant other than w, x, y; or just a vowel and a consonant. */
function endsShort(stem: string): boolean {
  const last = stem.length - 1;
  if (last < 1 || !isConsonant(stem, last) || isConsonant(stem, last - 1)) return false;
  return last === 1 || (isConsonant(stem, last - 2) && !/[wxy]$/.test(stem));
}

function isConsonant(word: string, at: number): boolean {
  let from = at;
  while (from > 0 && word[from] === "y") from--;
  let consonant = consonantAfter(word[from], false);
  for (let i = from + 1; i <= at; i++) consonant = consonantAfter(word[i], consonant);
  return consonant;
}

/** A y is what the letter before it is not; at the beginning it is a consonant. */
function consonantAfter(letter: string, before: boolean): boolean {
  return letter === "y" ? !before : !"aeiou".includes(letter);
}
