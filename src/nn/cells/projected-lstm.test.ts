// A projection is an option of the LSTM elsewhere; here the letter says which cell has one.
import { expect, it } from "vitest";
import { Tensor } from "../../tensor/index.js";
import { LSTM } from "../recurrent-classes.js";
import { Recurrent } from "../recurrent.js";
import { gru, projectedLstm } from "./index.js";

const sizes = { inputSize: 4, hiddenSize: 8 };

it.each(["proj_size", "projSize", "outputSize"])("%s of an LSTM points to the cell that has a projection", (name) => {
  const letter = expect.objectContaining({
    code: "E_OPTION",
    message: expect.stringMatching(
      new RegExp(
        `no option "${name}".*new Recurrent\\(projectedLstm, \\{ .*outputSize: 16 \\}\\).*Known: inputSize`,
        "u",
      ),
    ),
  });
  const options = { ...sizes, [name]: 2 };
  expect(() => new LSTM(options)).toThrow(letter);
  expect(() => new Recurrent(gru, options)).toThrow(letter);
});

it("the cell itself takes outputSize, and no other name for it", () => {
  const net = new Recurrent(projectedLstm, { ...sizes, outputSize: 2 });
  expect(net.forward(Tensor.zeros([3, 1, 4])).output.shape).toEqual([3, 1, 2]);
  const wrong = { ...sizes, proj_size: 2 };
  expect(() => new Recurrent(projectedLstm, wrong)).toThrow(/no option "proj_size".*its width outputSize/u);
  expect(() => new LSTM({ ...sizes, bidirectionel: true } as never)).toThrow(/Did you mean "bidirectional"/u);
});
