/**
 * The example that conlleval was published with: the tags of its output.txt, and what it prints for them
 * (http://www.cnts.ua.ac.be/conll2000/chunking/output.html; a later edition of the page guesses B- where this has I- after O,
 * which changes the accuracy of tags alone).
 *
 * A token is a pair, gold and guessed; a letter is a type (noun, verb, preposition, S for SBAR, J for ADJP, A for ADVP),
 * in capitals at B-, else at I-; a point is O.
 */
import { expect, test } from "vitest";
import { spanScores } from "./index.js";

const EXAMPLE = `
Nn nn nn NN nn nn VV NN VV NN nn nn VV NN nn PP Nn nn VP vv Nn nn PP Nn NN nn nn ..
Nn VV NN nn VV SP NN VP vv Nn nN nn nn PP NN nn ..
NN VV .. PP NN nn .. NN nn NN nN nn nn .. NN nN nn .. Nn nn .. Nn nn nn PP NN nn .. NN nn nn nn ..
PP NN nn nn .. Nn VV .. NN VV vA vV Nn PP NN nn PP Nn ..
Nn .. VV PP NN nn .. NN .. VV NN nn n. nn n. nn n. nn nn ..
NN nn nn VV vv PP NN nn nn NN nn .. VV NN nn VV PP NN nn PP NN nn NN nN ..
NN nn .. NN nn Jn .. VV PP Nn nn PP NN nn nn ..
PP NN .. NN VV NN nn PP Nn nN PP Nn nn .. NN nn nn nn ..
Nn nn nn nn ..
Nn nn nn .. NN nn Jn .. VV vv Nn .. NN nn nn PP Nn nn .. NN nn n. nn n. nn PP NN nN nn nn nn nn ..
Nn .. NN VV Nn PP Nn nn .. VV NN nn VV vn vV ..
NN nn VV vv Nn nn nn PP Nn ..
PP NN PP NN nn nn nn n. nn nn .. NN nn VV Nn PP Nn .. Nn nn ..
NN nn VV vv vv PP Nn nn .. NN .. NN VV PP NN nn nn nn ..
NN VV JP jn PP NN nn nn ..
NN nN nn .. VV NV nn nn nn nn .. VV NN nN nn PP NN nn nn .. .. NN nn NN nn ..
NN nn AA .. NN nn nn VV Nn PP NN nN nn .. .. NN nn NN nn ..
PP NN nn nn .. NN VV NN nn PP NN nn nn .. .. NN nn NN nn .. PP Nn PP NN nn nn .. .. NN nn NN nn .. PP NN nn nn ..
NN nN VV NN VV NN nn nn PP NN nn nn PP Vv NN nn nn .. VV NN nn nn n. nn nn nn PP NN nN nn ..
PP NN nn nN .. NN VV .. NN VV Nn nn PP NN nn nn PP NN nn ..
NN nn VV NN nn PP NN nn PP NN nn PP Nn nn nn nn .. VV NN nN nn PP NN nn ..
PP NN PP NN nV nn .. NN nn nn VV NN nn nn PP NN nn nn VV Nn n. nN nn PP Nn nn .. NN nV .. .. NN VV NN nN nn nn nn PP Nv nn nn nn .. VV NN nN SS NN nn VV vV NN nn ..
Nn VV .v NN nN nn nN PP NN nn PP NN nn nn ..
VV PP NN VV PP NN NN nN .. NN nn nn .. .. NN nN nn nn .. NN nn nn ..
PP NN nn NN nn nn nn VV NN nn VV .. Nn nn nn VV NN nn .. NN nn n. nn VV NN nn nn nn VV vP vV SP Nn PP NN .. Nn NN nn nn .. VV NN nn PP NN nn nn VP vv PP NN nn ..
.P NN NN nn .. NN VV vv NN nN nn Nn nn PP NN nn nn .. VV PP NN NN VV vv vv .v NN nn n. nn nn PP NN Vv AP PP NN nn NN nn ..
AA Nn nn PP NN nn VV NN nn .. AA .V NN NN nn ..
AS SS NN nn VV NN nn nn PP NN nn NN nn .. NN nN nn VV vA vv NN nN nn nn NN SP NN VV vP vv PP NN nn nn ..
NN nn VV Nn nN nn .. VV Nn VP vv NN nn PP NN nn NN ..
PP NN nN nn nn .. NN VV NN nN nn nn ..
PP NN NN nn PP Nn .. NN VV Jn PP NN nn nN nn nn ..
PP NN .. NN nn .. NN nn Jn .. VV NN nn ..
NN VV NN nN nN nn PP NN nn .. NN nn PP Nn nn nn PP NN nN nn nn .. .. NN VV NN NN nN nn nn nn AA NN VV NN ..
NN nn nn VV NN nn .. PP NN nN nn nn ..
NN nn nn nN nn VV vv vv Nn Aj .. PP Jn NN nn nn .. VP vv AA NN nn PP Nn ..
Nn VV NN NN nN nn nn VP vv NN PA PP NN nn .. .. NN VV vv NN nn PP NN nn NN nn PP NN nN nn nn ..
NN nn VV Nn nN nn .. VV Nn VP vv NN nn PP NN nN NN ..
NN VV PP NN nn nN nn nn PP NN nN nn nn .. .. NA nN nn nn PP NN NN nn ..
PP NN nn nN nn nn NN nN nn VV vv vP vv PP NN nn .. NN VV vP vv PP NN nn NA nN nn nn .. VV NN PP NN nN PP Nn VV VP vv Nn nn SA NN nn VV vv NN nn ..
Nn NN nn VV NN .. .. NN nn .. Nn nn PP`;

const TYPES: Readonly<Record<string, string>> = { N: "NP", V: "VP", P: "PP", S: "SBAR", J: "ADJP", A: "ADVP" };

function tagOf(letter: string): string {
  const upper = letter.toUpperCase();
  return letter === "." ? "O" : `${letter === upper ? "B" : "I"}-${TYPES[upper]}`;
}

test("conlleval's own example", () => {
  const sentences = EXAMPLE.trim()
    .split("\n")
    .map((line) => line.split(" "));
  const side = (at: 0 | 1): string[][] => sentences.map((pairs) => pairs.map((pair) => tagOf(pair[at])));
  const scores = spanScores(side(1), side(0));
  expect(sentences.flat().length).toBe(961);
  expect(scores.counts).toEqual({ support: 459, predicted: 539, correct: 371 });
  const percent = (figure: number): string => (100 * figure).toFixed(2);
  expect(percent(scores.accuracy)).toBe("84.08");
  expect([scores.micro.precision, scores.micro.recall, scores.micro.f1].map(percent)).toEqual([
    "68.83",
    "80.83",
    "74.35",
  ]);
  const rows = Object.entries(scores.perType).map(([type, { precision, recall, f1 }]) => {
    return `${type} ${percent(precision)} ${percent(recall)} ${percent(f1)}`;
  });
  expect(rows).toEqual([
    "ADJP 0.00 0.00 0.00",
    "ADVP 45.45 62.50 52.63",
    "NP 64.98 78.63 71.16",
    "PP 83.18 98.89 90.36",
    "SBAR 66.67 33.33 44.44",
    "VP 69.00 79.31 73.80",
  ]);
});
