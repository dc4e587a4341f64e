import { describe, expect, it } from "vitest";
import { Embedding, GRU, Linear, LSTM, Recurrent } from "../nn/index.js";
import { Dropout } from "../nn/dropout.js";
import { Module } from "../nn/module.js";
import { Rng, runtime } from "../runtime/index.js";
import { compileStream, streamModel } from "./compile/index.js";
import { decodeState, encodeState, loadStream, streamCode, type StreamState } from "./index.js";

const rng = new Rng(1);
const net = new LSTM({ inputSize: 3, hiddenSize: 5, layers: 2 }, rng);
const model = streamModel(net);
const inputs = Array.from({ length: 12 }, (_, t) => [t / 12, 1 - t / 6, (t % 3) - 1]);
const run = (step: (x: number[]) => ArrayLike<number>, from = 0): number[][] =>
  inputs.slice(from).map((x) => Array.from(step(x)));
const whole = run((x) => model.session().step(x).slice());

describe("a state is a value", () => {
  const session = model.session();
  const straight = run((x) => session.step(x));
  const half = model.session();
  inputs.slice(0, 5).forEach((x) => half.step(x));
  const state = half.save();

  it("restores into another session, which goes on to the same bits", () => {
    const other = model.session();
    other.step([9, 9, 9]);
    other.restore(state);
    expect(run((x) => other.step(x), 5)).toEqual(straight.slice(5));
    expect(run((x) => model.session({ state }).step(x), 5)[0]).toEqual(straight[5]);
    expect(straight[0]).toEqual(whole[0]);
    expect(straight[1]).not.toEqual(whole[1]);
  });

  it("does not change when the session goes on", () => {
    const kept = Array.from(state.values);
    half.step(inputs[5]);
    expect(Array.from(state.values)).toEqual(kept);
    expect(Array.from(half.save().values)).not.toEqual(kept);
    half.restore(state);
  });

  it("goes through bytes and through JSON's brother", () => {
    for (const copy of [decodeState(encodeState(state)), structuredClone(state)]) {
      expect(copy).toEqual(state);
      expect(run((x) => model.session({ state: copy }).step(x), 5)[0]).toEqual(straight[5]);
    }
    const batch = model.session({ batch: 3 });
    batch.step(inputs.slice(0, 3).flat());
    const bytes = new Uint8Array([0, ...encodeState(batch.save())]).subarray(1);
    expect(decodeState(bytes)).toEqual(batch.save());
  });

  it("goes on in a model that was compiled from the same weights elsewhere", () => {
    const twin = new LSTM({ inputSize: 3, hiddenSize: 5, layers: 2 }, new Rng(99));
    const weights = net.stateDict();
    twin.loadStateDict(Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight.data()])));
    const other = streamModel(twin).session({ state });
    expect(run((x) => other.step(x), 5)).toEqual(straight.slice(5));
  });

  it("forks: two futures of one past", () => {
    const [left, right] = [model.session({ state }), model.session({ state }).fork()];
    left.step([9, 9, 9]);
    expect(run((x) => right.step(x), 5)).toEqual(straight.slice(5));
    expect(run((x) => left.step(x), 5)).not.toEqual(straight.slice(5));
  });

  it("resets to the beginning", () => {
    const again = model.session({ state });
    again.reset();
    expect(run((x) => again.step(x))).toEqual(straight);
  });

  it("lists what it is made of", () => {
    expect(model.states).toEqual([
      { layer: 0, name: "h", width: 5 },
      { layer: 0, name: "c", width: 5 },
      { layer: 1, name: "h", width: 5 },
      { layer: 1, name: "c", width: 5 },
    ]);
    const open = model.session();
    const y = Array.from(open.step(inputs[0]));
    expect(Array.from(open.save().values.slice(10, 15))).toEqual(y);
  });

  it("is refused by another model, in another batch, and when damaged", () => {
    const other = streamModel(new LSTM({ inputSize: 3, hiddenSize: 5, layers: 2 }, new Rng(2)));
    const fresh = other.session();
    expect(() => fresh.restore(state)).toThrow(/model [0-9a-f]{16}, received one of model [0-9a-f]{16}/);
    expect(code(() => other.session({ state }))).toBe("E_STREAM_STATE");
    expect(code(() => model.session({ batch: 2 }).restore(state))).toBe("E_STREAM_STATE");
    expect(code(() => model.session().restore({ ...state, values: state.values.slice(1) }))).toBe("E_STREAM_STATE");
    expect(code(() => model.session().restore({} as StreamState))).toBe("E_STREAM_STATE");
    const bytes = encodeState(state);
    expect(code(() => decodeState(bytes.slice(0, -1)))).toBe("E_STREAM_STATE");
    expect(code(() => decodeState(bytes.slice(4)))).toBe("E_STREAM_STATE");
    expect(code(() => decodeState(bytes.with(4, 9)))).toBe("E_STREAM_STATE");
    expect(Array.from(fresh.save().values)).toEqual(Array.from({ length: 20 }, () => 0));
  });
});

describe("sessions of one model", () => {
  it("do not touch each other, however many come and go", () => {
    const shared = streamModel(net);
    const first = shared.session();
    const expected = run((x) => model.session().step(x).slice())[0];
    const many = Array.from({ length: 300 }, () => shared.session({ batch: 2 }));
    many.forEach((session) => session.step([1, 1, 1, -1, -1, -1]));
    expect(Array.from(first.step(inputs[0]))).toEqual(expected);
    many.forEach((session) => session.close());
    const bytes = shared.memoryBytes;
    for (let i = 0; i < 1000; i++) shared.session({ batch: 2 }).close();
    expect(shared.memoryBytes).toBe(bytes);
  });

  it("keep one view of the output until the memory grows, and a good one after", () => {
    const shared = streamModel(net);
    const session = shared.session();
    const view = session.step(inputs[0]);
    expect(session.step(inputs[1])).toBe(view);
    const bytes = shared.memoryBytes;
    while (shared.memoryBytes === bytes) shared.session({ batch: 64 });
    expect(view.length).toBe(0);
    const before = Array.from(session.output);
    expect(Array.from(session.step(inputs[2]))).not.toEqual(before);
    const alone = model.session();
    expect(before).toEqual(inputs.slice(0, 2).map((x) => Array.from(alone.step(x)))[1]);
  });

  it("own their output: writing into it does not reach the state", () => {
    const [one, other] = [model.session(), model.session()];
    one.step(inputs[0]).fill(7);
    other.step(inputs[0]);
    expect(Array.from(one.step(inputs[1]))).toEqual(Array.from(other.step(inputs[1])));
  });

  it("end", () => {
    const session = model.session();
    session.close();
    session.close();
    for (const use of [
      () => session.step(inputs[0]),
      () => session.save(),
      () => session.reset(),
      () => session.fork(),
    ]) {
      expect(code(use)).toBe("E_STREAM_CLOSED");
    }
  });
});

it("100,000 steps allocate nothing", () => {
  const words = streamModel({
    embedding: new Embedding({ vocabularySize: 7, size: 4 }),
    recurrent: new GRU({ inputSize: 4, hiddenSize: 8 }),
    output: new Linear({ inputSize: 8, outputSize: 7 }),
  });
  const [numbers, tokens] = [model.session(), words.session()];
  const pool = model.pool(3);
  const members = [pool.join(), pool.join()];
  const x = Float32Array.of(1, 2, 3);
  const rounds = (n: number): void => {
    for (let i = 0; i < n; i++) {
      numbers.step(x);
      tokens.step(i % 7);
      members[i & 1].feed(x);
      pool.step();
    }
  };
  rounds(20_000);
  const outside = (): number => process.memoryUsage().external + process.memoryUsage().arrayBuffers;
  const wasm = (): number => runtime().heap.stats().capacityBytes + model.memoryBytes + words.memoryBytes;
  const before = [outside(), wasm()];
  // Growth is added up over many short stretches: a collection can hide one of them, not all.
  let grown = 0;
  for (let stretch = 0; stretch < 50; stretch++) {
    const used = process.memoryUsage().heapUsed;
    rounds(2000);
    grown += Math.max(0, process.memoryUsage().heapUsed - used);
  }
  // One object of 12 bytes in each of these steps would be 3.6 million; measuring takes a few hundred bytes a time.
  expect(grown).toBeLessThan(400_000);
  expect(outside() - before[0]).toBeLessThan(1000);
  expect(wasm()).toBe(before[1]);
});

describe("inputs that do not fit", () => {
  it("are refused with both shapes", () => {
    const session = model.session({ batch: 2 });
    expect(() => session.step([1, 2, 3])).toThrow("expected shape [2, 3], received [3]");
    expect(code(() => session.step(1))).toBe("E_SHAPE");
    expect(code(() => model.session({ batch: 0 }))).toBe("E_NUMBER");
    expect(code(() => model.pool(1.5))).toBe("E_NUMBER");
  });

  it("are refused as tokens outside the vocabulary", () => {
    const words = streamModel({
      embedding: new Embedding({ vocabularySize: 7, size: 3 }),
      recurrent: new GRU({ inputSize: 3, hiddenSize: 4 }),
    });
    expect(words.vocabularySize).toBe(7);
    for (const token of [-1, 7, 0.5, NaN]) expect(code(() => words.session().step(token))).toBe("E_INDEX");
    expect(code(() => words.session({ batch: 2 }).step(1))).toBe("E_SHAPE");
    expect(code(() => words.session({ batch: 2 }).step([1, 2, 3]))).toBe("E_SHAPE");
  });

  it("may be one number where one number is expected", () => {
    const scalar = streamModel(new GRU({ inputSize: 1, hiddenSize: 4 }));
    expect(Array.from(scalar.session().step(0.5))).toEqual(Array.from(scalar.session().step([0.5])));
  });
});

describe("networks that do not stream", () => {
  const lstm = (options: object = {}): LSTM => new LSTM({ inputSize: 3, hiddenSize: 4, ...options });
  const cases: Record<string, [() => unknown, RegExp]> = {
    "both directions": [() => compileStream(lstm({ bidirectional: true })), /both directions/],
    float64: [() => compileStream(lstm({ dtype: "f64" })), /parameters are f64/],
    "no layers": [() => compileStream({ recurrent: [] }), /no recurrent layers/],
    "widths that do not meet": [
      () => compileStream({ recurrent: lstm(), output: new Linear({ inputSize: 5, outputSize: 2 }) }),
      /layer 0 gives 4 numbers, the output layer takes 5/,
    ],
    "an embedding of another width": [
      () => compileStream({ embedding: new Embedding({ vocabularySize: 9, size: 2 }), recurrent: lstm() }),
      /the embedding gives 2 numbers, layer 0 takes 3/,
    ],
    "a module that does more": [() => compileStream(new Elaborate()), /between\.weight, between\.bias lie outside/],
  };
  it.each(Object.entries(cases))("%s", (_, [compile, words]) => {
    expect(compile).toThrow(words);
    expect(code(compile)).toBe("E_STREAM_NET");
  });

  it("but a module of exactly these parts does, dropout or not", () => {
    expect(streamModel(new Plain()).outputSize).toBe(2);
  });
});

describe("bytes that are no bundle", () => {
  const bundle = compileStream(net);

  it("are refused: others, cut off, changed, of another format", () => {
    const damaged = [new Uint8Array(3), bundle.subarray(64), bundle.subarray(0, 40), bundle.subarray(0, -1)];
    damaged.push(bundle.with(bundle.length - 1, 1), bundle.with(200, 0), bundle.with(4, 3));
    for (const bytes of damaged) expect(code(() => loadStream(bytes))).toBe("E_STREAM_BUNDLE");
  });

  it("are refused by the engine if modules do not fit", () => {
    const { kernels, program } = streamCode(bundle);
    const modules = { kernels: new WebAssembly.Module(kernels), program: new WebAssembly.Module(program) };
    expect(Array.from(loadStream(bundle, { modules }).session().step(inputs[0]))).toEqual(whole[0]);
    expect(code(() => loadStream(bundle, { modules: { ...modules, kernels: modules.program } }))).toBe(
      "E_STREAM_REFUSED",
    );
  });
});

class Plain extends Module {
  readonly recurrent = new Recurrent(new GRU({ inputSize: 1, hiddenSize: 1 }).cell, { inputSize: 3, hiddenSize: 4 });
  readonly dropout = new Dropout({ p: 0.5 });
  readonly output = new Linear({ inputSize: 4, outputSize: 2 });
}

class Elaborate extends Plain {
  readonly between = new Linear({ inputSize: 4, outputSize: 4 });
}

function code(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return "no error";
}
