import { expect, it } from "vitest";
import { Parameter, Tensor } from "../tensor/index.js";
import { Embedding, GRU, Linear, LSTM } from "./index.js";

const dtype = "float64" as "f64";

it.each<[string, () => unknown, string]>([
  ["LSTM", () => new LSTM({ inputSize: 2, hiddenSize: 3, dtype }), "Known: f32, f64."],
  ["GRU, both ways", () => new GRU({ inputSize: 2, hiddenSize: 3, bidirectional: true, dtype }), "Known: f32, f64."],
  ["Linear", () => new Linear({ inputSize: 2, outputSize: 3, dtype }), "Known: f32, f64."],
  ["Embedding", () => new Embedding({ vocabularySize: 2, size: 3, dtype }), "Known: f32, f64."],
  ["Parameter", () => new Parameter([2], [1, 2], { dtype }), "Known: f32, f64."],
  ["Tensor.from", () => Tensor.from([1, 2], [2], { dtype }), "Known: f32, f64, i32."],
  ["Tensor.zeros", () => Tensor.zeros([2], dtype), "Known: f32, f64, i32."],
])("a dtype that there is not is refused by name: %s", (_, make, known) => {
  expect(make).toThrow(expect.objectContaining({ code: "E_VALUE", message: expect.stringContaining(known) as string }));
  expect(make).toThrow('dtype cannot be "float64"');
});
