// Families of cells: one definition for each wish, and no wish that nobody reads.
import { expect, it } from "vitest";
import { Recurrent } from "../recurrent.js";
import {
  CELLS,
  gruResetBeforeWith,
  gruWith,
  LAYER_NORM_GRU,
  LAYER_NORM_LSTM,
  lstmWith,
  mogrifierLstm,
  recurrentHighway,
} from "./index.js";

const I = 3;
const H = 4;

it("cells that are made from options are one definition for each set, and say what there is", () => {
  expect(lstmWith({ clipCell: 3, cell: "relu" })).toBe(lstmWith({ cell: "relu", clipCell: 3, input: "sigmoid" }));
  expect(lstmWith({ cell: "relu" }).name).toBe("lstmWith(cell relu)");
  expect(gruWith({ candidate: "relu" })).toBe(gruWith({ reset: "sigmoid", candidate: "relu" }));
  expect(gruResetBeforeWith({ clipGates: 2 }).name).toBe("gruResetBeforeWith(clipGates 2)");
  expect(() => gruWith({ input: "tanh" } as object)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  expect(() => gruWith({ reset: "step" } as object)).toThrow(expect.objectContaining({ code: "E_VALUE" }));
  expect(() => gruWith({ clipGates: 0 })).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  expect(() => gruResetBeforeWith({ biases: "inputAndCandidate" } as object)).toThrow(/Known: both, input, none/);
  expect(Object.keys(gruWith({ biases: "inputAndCandidate" }).params).slice(2)).toEqual(["bias_ih", "bias_hn"]);
  expect(Object.keys(gruWith({ biases: "none" }).params)).toHaveLength(2);
  const wrong = (options: object) => () => lstmWith(options);
  expect(lstmWith({ peepholes: true, inputForget: false }).name).toBe("lstmWith(peepholes)");
  expect(lstmWith({ peepholes: true }).params).toEqual(CELLS["peepholeLstm"].params);
  expect(lstmWith({ inputForget: true })).toMatchObject({ gates: ["i", "g", "o"], forgetGate: null });
  expect(lstmWith({ inputForget: true }).params).toEqual(CELLS["coupledLstm"].params);
  expect(wrong({ inputForget: true, forget: "relu" })).toThrow(/forget means nothing beside inputForget: f is 1 − i/);
  expect(wrong({ peepholes: "yes" })).toThrow(/peepholes must be true or false, received yes/);
  expect(wrong({ clip: 3 })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  expect(wrong({ input: "hardSigmoid" })).toThrow(expect.objectContaining({ code: "E_VALUE" }));
  for (const clipCell of [0, -1, Number.NaN, "3"]) {
    expect(wrong({ clipCell })).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  }
});

it("cells that are made for a number are one definition for each, and take no other", () => {
  expect(recurrentHighway(3)).toBe(CELLS["recurrentHighway3"]);
  expect(mogrifierLstm(5)).toBe(CELLS["mogrifierLstm5"]);
  expect(Object.keys(mogrifierLstm(0).params)).toEqual(Object.keys(CELLS["lstm"].params));
  for (const wrong of [-1, 0.5, Number.NaN]) {
    expect(() => recurrentHighway(wrong)).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
    expect(() => mogrifierLstm(wrong)).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  }
  expect(mogrifierLstm(3, { rank: 2 })).toBe(mogrifierLstm(3, { rank: 2 }));
  const { name, params } = mogrifierLstm(1, { rank: 2 });
  expect([name, Object.keys(params).slice(4)]).toEqual(["mogrifierLstm1(rank 2)", ["weight_q1_down", "weight_q1_up"]]);
  const low = new Recurrent(mogrifierLstm(1, { rank: 2 }), { inputSize: I, hiddenSize: H });
  expect(low.stateDict()["weight_q1_up_l0"].shape).toEqual([I, 2]);
  expect(() => mogrifierLstm(3, { rank: 0.5 })).toThrow(/rank must be a whole number ≥ 1, received 0.5/);
  expect(() => mogrifierLstm(0, { rank: 2 })).toThrow(/rank means nothing beside 0 rounds/);
  expect(() => mogrifierLstm(3, { rnak: 2 } as object)).toThrow(/Did you mean "rank"/);
  const loose = { recurrentHighway, mogrifierLstm, gruWith } as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  expect(() => loose["recurrentHighway"](3, { rank: 2 })).toThrow(
    /^recurrentHighway\(depth\) takes no further argument, received \{ rank \}/,
  );
  expect(() => loose["mogrifierLstm"](3, {}, 1)).toThrow(/^mogrifierLstm\(rounds, \{ rank \}\) takes no further/);
  expect(() => loose["gruWith"]({}, { reset: "relu" })).toThrow(/takes no further argument/);
  expect(() => loose["gruWith"]("relu")).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  expect(() => recurrentHighway(0)).toThrow(/depth must be a whole number ≥ 1, received 0/);
});

it("placements of layer normalisation have names, and no default", () => {
  expect(LAYER_NORM_LSTM).toEqual({
    article: CELLS["layerNormLstm"],
    fastrnns: CELLS["layerNormLstmFastrnns"],
    addons: CELLS["layerNormLstmAddons"],
    perGate: CELLS["layerNormLstmPerGate"],
  });
  expect(LAYER_NORM_GRU).toEqual({
    article: CELLS["layerNormGruArticle"],
    haste: CELLS["layerNormGru"],
    dreamer: CELLS["layerNormGruDreamer"],
    perGate: CELLS["layerNormGruPerGate"],
  });
});
