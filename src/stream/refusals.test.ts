/** What callers without types hand in: refused in the project's words, and with nothing changed. */
import { describe, expect, it } from "vitest";
import { Embedding, GRU, LSTM } from "../nn/index.js";
import { compileStream, streamModel } from "./compile/index.js";
import { decodeState, encodeState, loadStream, streamCode, type StreamState } from "./index.js";

const net = new LSTM({ inputSize: 2, hiddenSize: 4 });
const model = streamModel(net);
const words = streamModel({
  embedding: new Embedding({ vocabularySize: 5, size: 3 }),
  recurrent: new GRU({ inputSize: 3, hiddenSize: 4 }),
});
const session = model.session();
session.step([1, 2]);
const state = session.save();
const any = (value?: unknown): never => value as never;

describe("what is no argument at all", () => {
  it.each<[string, () => unknown, string, string]>([
    [
      "restore()",
      () => session.restore(any()),
      "E_STREAM_STATE",
      "expected a state { model, batch, values }, received und",
    ],
    ["session({ state: null })", () => model.session({ state: any(null) }), "E_STREAM_STATE", "received null"],
    ["join(null)", () => model.pool(1).join(any(null)), "E_STREAM_STATE", "received null"],
    [
      "a state without numbers",
      () => session.restore({ ...state, values: any() }),
      "E_STREAM_STATE",
      "received undefined",
    ],
    ["decodeState(text)", () => decodeState(any("abc")), "E_STREAM_STATE", 'a Uint8Array, received the string "abc"'],
    ["decodeState()", () => decodeState(any()), "E_STREAM_STATE", "received undefined"],
    ["encodeState()", () => encodeState(any()), "E_STREAM_STATE", "received undefined"],
    ["encodeState({})", () => encodeState(any({})), "E_STREAM_STATE", "model, the 16 digits"],
    ["encodeState of no rows", () => encodeState({ ...state, batch: any() }), "E_STREAM_STATE", "batch, the rows"],
    ["loadStream(text)", () => loadStream(any("x")), "E_STREAM_BUNDLE", 'a Uint8Array, received the string "x"'],
    ["loadStream of a buffer", () => loadStream(any(new ArrayBuffer(8))), "E_STREAM_BUNDLE", "new Uint8Array(buffer)"],
    ["streamCode(null)", () => streamCode(any(null)), "E_STREAM_BUNDLE", "streamCode: expected the bytes"],
    ["compileStream(null)", () => compileStream(any(null)), "E_STREAM_NET", "received null"],
    ["streamModel()", () => streamModel(any()), "E_STREAM_NET", "received undefined"],
    ["recurrent of text", () => streamModel(any({ recurrent: "lstm" })), "E_STREAM_NET", "no recurrent layers"],
    ["an output that is no layer", () => streamModel(any({ recurrent: net, output: {} })), "E_STREAM_NET", "no Linear"],
    [
      "an embedding that is none",
      () => streamModel(any({ recurrent: net, embedding: net })),
      "E_STREAM_NET",
      "no Embedding",
    ],
  ])("%s", (_, use, code, message) => expect(use).toThrow(refusal(code, message)));
});

describe("options that there are not", () => {
  it.each<[string, () => unknown, string, string]>([
    ["session", () => model.session(any({ btach: 3 })), "E_OPTION", 'no option "btach". Did you mean "batch"?'],
    ["loadStream", () => loadStream(compileStream(net), any({ module: {} })), "E_OPTION", 'Did you mean "modules"?'],
    ["null for options", () => model.session(any(null)), "E_VALUE", "options must be an object of batch, state"],
  ])("%s", (_, use, code, message) => expect(use).toThrow(refusal(code, message)));
});

describe("inputs", () => {
  it.each<[string, unknown, string]>([
    ["none", undefined, "expected an array of numbers, received undefined"],
    ["null", null, "received null"],
    ["text", "ab", 'received the string "ab"'],
    ["an object", { x: 1 }, "received an object (Object)"],
    ["NaN", [1, NaN], "received NaN at row 0, column 1"],
    ["an infinity", [Infinity, 0], "received Infinity at row 0, column 0"],
    ["more than float32 holds", [0, -1e39], "received -Infinity at row 0, column 1"],
    ["numbers in words", ["a", 1], "received NaN at row 0, column 0"],
  ])("%s: refused, and the state is what it was", (_, x, message) => {
    const before = session.save();
    expect(() => session.step(any(x))).toThrow(refusal("E_STREAM_INPUT", message));
    expect(session.save()).toEqual(before);
    expect(Array.from(session.fork().step([1, 1])).every(Number.isFinite)).toBe(true);
  });

  it("name the row of a batch", () => {
    expect(() => model.session({ batch: 3 }).step([1, 2, 3, 4, 5, NaN])).toThrow("received NaN at row 2, column 1");
    for (let i = 0; i < 6; i++) {
      const x = [3e38, 3e38, 3e38, 3e38, 3e38, 3e38].with(i, i % 2 === 0 ? Infinity : NaN);
      const row = Math.floor(i / 2);
      expect(() => model.session({ batch: 3 }).step(x)).toThrow(`${x[i]} at row ${row}, column ${i % 2}.`);
    }
    model.session({ batch: 3 }).step([3e38, 3e38, 3e38, 3e38, 3e38, 3e38]);
    const scalar = streamModel(new GRU({ inputSize: 1, hiddenSize: 2 })).session();
    expect(() => scalar.step(NaN)).toThrow(refusal("E_STREAM_INPUT", "NaN at row 0, column 0"));
  });

  it("as tokens", () => {
    for (const x of [undefined, "3", {}]) {
      expect(() => words.session().step(any(x))).toThrow(refusal("E_STREAM_INPUT", "a token, or an array of tokens"));
    }
  });

  it("of a member that had been fed before: it waits, and its neighbours do not", () => {
    const pool = model.pool(2);
    const [a, b] = [pool.join(), pool.join()];
    a.feed([1, 2]);
    b.feed([1, 2]);
    expect(() => a.feed([1, NaN])).toThrow(refusal("E_STREAM_INPUT", "NaN at row 0, column 1"));
    expect(pool.step()).toBe(1);
    expect(b.save()).toEqual(state);
    expect(a.save()).toEqual(model.session().save());
  });
});

describe("bytes of a state", () => {
  const bytes = encodeState(state);

  it("are refused when any one of them is another", () => {
    for (let i = 0; i < bytes.length; i++) {
      for (const flip of [1, 128]) {
        expect(() => decodeState(bytes.with(i, bytes[i] ^ flip)), `byte ${i}`).toThrow(refusal("E_STREAM_STATE", ""));
      }
    }
    expect(() => decodeState(bytes.with(8, 0))).toThrow("the state is damaged");
    expect(() => decodeState(bytes.with(40, bytes[40] ^ 1))).toThrow("the state is damaged");
  });

  it("are refused when they are more or fewer, and it is said which", () => {
    for (const more of [1, 4, 16]) {
      const long = new Uint8Array(bytes.length + more);
      long.set(bytes);
      expect(() => decodeState(long)).toThrow(
        `too long: expected ${bytes.length} bytes, received ${bytes.length + more}`,
      );
    }
    for (const fewer of [1, 4, 16]) expect(() => decodeState(bytes.slice(0, -fewer))).toThrow("the state is cut off");
    for (let n = 0; n < bytes.length; n++) {
      expect(() => decodeState(bytes.subarray(0, n))).toThrow(refusal("E_STREAM_STATE", ""));
    }
  });

  it("of an older format are refused as such", () => {
    expect(() => decodeState(bytes.with(4, 1))).toThrow("expected a state of format 2, received format 1");
  });
});

describe("a state through JSON", () => {
  const copy = JSON.parse(JSON.stringify(state)) as StreamState;

  it("is one still", () => {
    const next = Array.from(model.session({ state }).step([3, 4]));
    for (const same of [copy, { ...state, values: any(Array.from(state.values)) }]) {
      expect(Array.from(model.session({ state: same }).step([3, 4]))).toEqual(next);
      expect(model.pool(1).join(same).save()).toEqual(state);
      expect(encodeState(same)).toEqual(encodeState(state));
    }
  });

  it("is refused when its numbers are not all there", () => {
    const numbers = Object.fromEntries(Object.entries(copy.values));
    const { "3": _, ...holed } = numbers;
    expect(() => session.restore({ ...copy, values: any(holed) })).toThrow('received one at "4" in place 3');
    const empty = { ...numbers, "2": null };
    expect(() => session.restore({ ...copy, values: any(empty) })).toThrow("received null in place 2");
    expect(() => session.restore({ ...copy, values: any([1, 2]) })).toThrow("2 numbers in all");
  });
});

function refusal(code: string, message: string): unknown {
  return expect.objectContaining({
    name: "HiddenstateError",
    code,
    message: expect.stringContaining(message) as string,
  });
}
