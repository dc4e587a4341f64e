import { expect, test } from "vitest";
import { HiddenstateError, shapeMismatch, unknownOption, unknownValue } from "./errors.js";

test("a shape error names both shapes and the speaker", () => {
  const error = shapeMismatch("matmul", ["M", 64], [8, 63], "Transpose the second operand.");
  expect(error).toBeInstanceOf(HiddenstateError);
  expect(error.name).toBe("HiddenstateError");
  expect(error.code).toBe("E_SHAPE");
  expect(error.message).toBe("matmul: expected shape [M, 64], received [8, 63]. Transpose the second operand.");
});

test("an unknown option lists the known ones and points at a near miss", () => {
  expect(unknownOption("LSTM", "hidenSize", ["inputSize", "hiddenSize"]).message).toBe(
    'LSTM: there is no option "hidenSize". Did you mean "hiddenSize"? Known: inputSize, hiddenSize.',
  );
});

test("an unknown value lists the known ones", () => {
  const error = unknownValue("train language", "--cell", "transformer", ["lstm", "gru"]);
  expect(error.code).toBe("E_VALUE");
  expect(error.message).toBe('train language: --cell cannot be "transformer". Known: lstm, gru.');
});
