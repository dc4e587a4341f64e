/** ROUGE beside the published test cases of Google's rouge-score (rouge_scorer_test.py), some of which ROUGE-1.5.5 made. */
import { expect, test } from "vitest";
import { meanRouge, rouge, type RougeOptions, type RougeScore } from "./index.js";
import { porterStem } from "./porter-stemmer.js";

// testdata/target.txt and prediction.txt, and the longer pair of pyrouge_files/*_multi.0.txt.
const targets = [
  "ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz'RBr q'wtion wIojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxer tKM L",
  "KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing LMmer HqqLFXe,XPY,J XsurkMer ,ed nB'wH'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing c T BUySKtion gMPfJpwGw p'NvxAoping eu pBwMBKV'I DNxqelhu,PHPxDEq,mtion SN",
  "NhETebUbBk'er WOvoHMTjSRizKgH'vHiing Xu,hWxfs VkNE QhgKiLHE -HidivzoM.dO anhtion jbLQiSGDTCsuhREebUaKM dv J dVN tmbOT",
  "vMR HDm,xOAetion D,tion HJtodT.mHl UIv-p VjWH'BdyWjnfGU-OjT aEMdFICyLWfQMtion wEMfdOKing AwkeKbO 'DxqNOHBH qKtVvm OYJl mM",
];
const predictions = [
  "rFDJCRtion Ht-LM EKtDXkME,yz'RBr q'wer wrojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxi",
  "nn cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed nB'wH'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD",
  "xfs VkJE QhgKiLHE -HidivzoM.dO anhing jbLQiSGDTCsuhREebUaKM dv J",
  "VjWH'BdyWjnfGU-OjTNaEMdFICyLWfQMing wEMfdOKijg AwkeKbO 'DxqNO",
];

function expectScore({ precision, recall, f1 }: RougeScore, expected: [number, number, number], digits = 5): void {
  for (const [i, figure] of [recall, precision, f1].entries()) expect(figure).toBeCloseTo(expected[i], digits);
}

test.each<[number, keyof ReturnType<typeof rouge>, RougeOptions, [number, number, number]]>([
  [0, "rouge1", {}, [0.40741, 0.6875, 0.51163]],
  [1, "rouge1", {}, [0.40476, 0.65385, 0.5]],
  [0, "rouge1", { stem: true }, [0.40741, 0.6875, 0.51163]],
  [1, "rouge1", { stem: true }, [0.42857, 0.69231, 0.52941]],
  [0, "rouge2", {}, [0.30769, 0.53333, 0.39024]],
  [1, "rouge2", {}, [0.29268, 0.48, 0.36364]],
  [1, "rouge2", { stem: true }, [0.29268, 0.48, 0.36364]],
  [0, "rougeL", {}, [0.40741, 0.6875, 0.51163]],
  [1, "rougeL", {}, [0.40476, 0.65385, 0.5]],
])("ROUGE-1.5.5, text %i, %s %j", (text, kind, options, expected) => {
  expectScore(rouge(predictions[text], targets[text], options)[kind], expected);
});

test("ROUGE-1.5.5, rougeLsum of several lines with stems", () => {
  const { rougeLsum } = rouge(predictions.join("\n"), targets.join("\n"), { stem: true });
  expectScore(rougeLsum, [0.36538, 0.66667, 0.47205]);
});

test("small texts", () => {
  expectScore(rouge("testing", "testing one two").rouge1, [1 / 3, 1, 1 / 2]);
  expectScore(rouge("testing one", "testing one two").rouge2, [1 / 2, 1, 2 / 3]);
  expectScore(rouge("testing two", "testing one two").rougeL, [2 / 3, 1, 4 / 5]);
  expectScore(rouge("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5").rougeLsum, [0.8, 0.4, 8 / 15]);
  const quick = rouge("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog");
  expectScore(quick.rouge1, [6 / 9, 0.75, 12 / 17]);
  expectScore(quick.rougeL, [5 / 9, 0.625, 10 / 17]);
});

test.each(["", "/", "é"])("%j has no words, which is 0 and not NaN", (text) => {
  for (const score of Object.values(rouge(text, "testing one two"))) expectScore(score, [0, 0, 0]);
  for (const score of Object.values(rouge("w1", text))) expectScore(score, [0, 0, 0]);
});

test("several references, several texts", () => {
  expect(rouge("one two", ["three", "one two"]).rouge2.f1).toBe(1);
  expect(meanRouge(["a b", "c"], ["a b", "d"]).rouge1.f1).toBe(0.5);
  expect(() => meanRouge([], [])).toThrow("there are no examples");
  expect(() => rouge("a", [])).toThrow("there are no examples");
  expect(() => rouge("a", "a", { stemmer: true } as object)).toThrow('no option "stemmer"');
});

test("Porter's own examples", () => {
  const words =
    "caresses ponies cats feed agreed plastered bled motoring sing conflated troubled sized hopping falling failing filing " +
    "happy relational conditional valenci digitizer operator hopefulness formative electrical revival adjustable adoption " +
    "bowdlerize probate rate cease controll roll";
  expect(words.split(" ").map(porterStem).join(" ")).toBe(
    "caress poni cat feed agre plaster bled motor sing conflat troubl size hop fall fail file " +
      "happi relat condit valenc digit oper hope form electr reviv adjust adopt bowdler probat rate ceas control roll",
  );
});
