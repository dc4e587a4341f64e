/** Kernels that work on tables of tensors: norms and optimizers. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  blocksOf,
  RECORD_WORDS,
  writeAdadelta,
  writeAdagrad,
  writeAdam,
  writeGradient,
  writeRmsprop,
  writeSgd,
  type AdadeltaRecord,
  type AdagradRecord,
  type AdamRecord,
  type GradientRecord,
  type Kernels,
  type RmspropRecord,
  type SgdRecord,
} from "../../src/runtime/kernels.js";
import {
  builds,
  definition,
  doubles,
  expectCanaries,
  expectClose,
  expectSame,
  floats,
  ints,
  noise,
  random,
  read,
  readDoubles,
  reset,
  scratch,
  scratchStride,
  SIZES,
} from "./harness.js";

beforeEach(reset);

/** A tensor of V rows of F, with the numbers of the rows that have a gradient; null: the gradient is whole. */
interface Tensor {
  readonly rows: number;
  readonly width: number;
  readonly occurring: readonly number[] | null;
}

const whole = (size: number): Tensor => ({ rows: 1, width: size, occurring: null });
const TABLE: readonly Tensor[] = [
  ...[0, ...SIZES, 255, 256, 257, 9000, 20_000].map(whole),
  { rows: 40, width: 5, occurring: [0, 3, 4, 39] },
  { rows: 1000, width: 50, occurring: [0, 1, 7, 500, 501, 502, 999] },
  { rows: 7, width: 600, occurring: [2, 5] },
  { rows: 9, width: 4, occurring: [] },
  { rows: 3, width: 33, occurring: [0, 1, 2] },
];

const sizeOf = ({ rows, width }: Tensor): number => rows * width;

/** The gradient of each tensor, as its record has it and whole. */
function gradients(spread: boolean): { record: GradientRecord; dense: Float32Array }[] {
  return TABLE.map((tensor) => {
    const { occurring, width } = tensor;
    const size = sizeOf(tensor);
    if (occurring === null) {
      const dense = random(size);
      return { record: { gradient: floats(dense), size, rows: 0, count: 0, width: 0, spread: false }, dense };
    }
    const values = random(occurring.length * width);
    const dense = new Float32Array(size);
    occurring.forEach((row, k) => dense.set(values.subarray(k * width, (k + 1) * width), row * width));
    const gradient = floats(spread ? dense : values);
    return { record: { gradient, size, rows: ints(occurring), count: occurring.length, width, spread }, dense };
  });
}

function tableOf<R>(records: readonly R[], write: (words: Float64Array, place: number, record: R) => void): number {
  const words = new Float64Array(records.length * RECORD_WORDS);
  records.forEach((record, place) => write(words, place, record));
  return doubles(words);
}

const WORKERS = [1, 2, 3];
const dense = (record: GradientRecord, values: Float32Array): GradientRecord => ({
  ...record,
  gradient: floats(values),
  rows: 0,
});

describe.each(builds)("$name", ({ raw }) => {
  it("squares: any number of workers, rows or whole, the same bits", () => {
    for (const spread of [false, true]) {
      reset();
      const made = gradients(spread);
      const blocks = TABLE.reduce((total, tensor) => total + blocksOf(sizeOf(tensor)), 0);
      const wholeTable = tableOf(
        made.map(({ record, dense: values }) => dense(record, values)),
        writeGradient,
      );
      const table = tableOf(
        made.map(({ record }) => record),
        writeGradient,
      );
      const count = TABLE.length;
      let first: number | undefined;
      for (const at of [wholeTable, table]) {
        for (const workers of WORKERS) {
          const partial = doubles(new Float64Array(blocks).fill(NaN));
          for (let worker = workers - 1; worker >= 0; worker--) {
            raw["squares"]!(at, count, partial, scratch, scratchStride, worker, workers);
          }
          const total = raw["sumBlocks"]!(at, count, partial);
          expect(readDoubles(partial, blocks).some(Number.isNaN)).toBe(false);
          expect(total).toBe((first ??= total));
        }
      }
      const want = definition.squares(table, count, doubles(new Float64Array(blocks)));
      expect(definition.squares(wholeTable, count, doubles(new Float64Array(blocks)))).toBe(want);
      expect(Math.abs(first! / want - 1)).toBeLessThan(1e-13);
      expectCanaries();
    }
  });

  /** Three updates with the definition, with every number of workers, and with gradients in rows and whole. */
  function updates<R extends GradientRecord>(
    name: "adam" | "sgd" | "rmsprop" | "adagrad" | "adadelta",
    write: (words: Float64Array, place: number, record: R) => void,
    complete: (record: GradientRecord, buffers: readonly number[], step: number) => R,
    alike: boolean,
    tolerance = 1e-6,
  ): void {
    const run = (mode: "definition" | number, form: "rows" | "spread" | "whole"): Float32Array[] => {
      reset();
      const buffers = TABLE.map((tensor) => {
        const n = sizeOf(tensor);
        const squares = (): Float32Array => random(n).map((x) => x * x * 0.01);
        return [random(n), random(n, 0.1), squares(), squares()].map(floats);
      });
      for (let step = 1; step <= 3; step++) {
        const records = gradients(form === "spread").map(({ record, dense: values }, i) =>
          complete(form === "whole" ? dense(record, values) : record, buffers[i]!, step),
        );
        const table = tableOf(records, write);
        if (mode === "definition") definition[name](table, records.length);
        else for (let worker = mode - 1; worker >= 0; worker--) raw[name]!(table, records.length, worker, mode);
      }
      expectCanaries();
      return buffers.flatMap((of, i) => of.map((ptr) => read(ptr, sizeOf(TABLE[i]!))));
    };
    const want = run("definition", "rows");
    const got = run(1, "rows");
    got.forEach((values, i) => expectClose(values, want[i]!, tolerance, `${name}, buffer ${i}`));
    const others = [...WORKERS.map((workers) => run(workers, "spread")), ...WORKERS.map((w) => run(w, "rows"))];
    if (alike) others.push(run(1, "whole"), run(2, "whole"));
    for (const other of others) other.forEach((values, i) => expectSame(values, got[i]!, `${name}, buffer ${i}`));
  }

  const scaled = { gradScale: 0.5, lr: 0.01 };

  it.each<[string, Partial<AdamRecord>]>([
    ["plain", {}],
    ["with coupled decay", { weightDecay: 0.1 }],
    ["with decoupled decay", { weightDecay: 0.1, decoupled: true }],
    ["lazy", { lazy: true }],
  ])("adam %s: three updates of a table", (_, settings) => {
    updates<AdamRecord>(
      "adam",
      writeAdam,
      (record, [parameter, mean, square], step) => ({
        ...record,
        ...scaled,
        parameter: parameter!,
        mean: mean!,
        square: square!,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weightDecay: 0,
        decoupled: false,
        biasCorrection1: 1 - 0.9 ** step,
        biasCorrection2: 1 - 0.999 ** step,
        lazy: false,
        ...settings,
      }),
      settings.lazy !== true,
    );
  });

  it("lazy adam leaves rows without a gradient alone", () => {
    const [parameter, mean, square] = [noise(12), noise(12), floats(random(12).map(Math.abs))];
    const before = [parameter, mean, square].map((ptr) => read(ptr, 12));
    const record: AdamRecord = {
      ...scaled,
      gradient: noise(4),
      size: 12,
      rows: ints([1]),
      count: 1,
      width: 4,
      spread: false,
      parameter,
      mean,
      square,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      weightDecay: 0.1,
      decoupled: false,
      biasCorrection1: 0.1,
      biasCorrection2: 0.001,
      lazy: true,
    };
    raw["adam"]!(tableOf([record], writeAdam), 1, 0, 1);
    [parameter, mean, square].forEach((ptr, i) => {
      const now = read(ptr, 12);
      for (let e = 0; e < 12; e++) expect(now[e] === before[i]![e], `element ${e}`).toBe(e < 4 || e >= 8);
    });
  });

  it.each<[string, Partial<SgdRecord>]>([
    ["plain", {}],
    ["with decay", { weightDecay: 0.1 }],
    ["with momentum", { momentum: 0.9 }],
    ["with all", { momentum: 0.9, dampening: 0.3, weightDecay: 0.1 }],
    ["with Nesterov", { momentum: 0.9, weightDecay: 0.1, nesterov: true }],
  ])("sgd %s: three updates of a table", (_, settings) => {
    updates<SgdRecord>(
      "sgd",
      writeSgd,
      (record, [parameter, , buffer], step) => ({
        ...record,
        ...scaled,
        parameter: parameter!,
        weightDecay: 0,
        momentum: 0,
        dampening: 0,
        nesterov: false,
        ...settings,
        buffer: settings.momentum === undefined ? 0 : buffer!,
        first: step === 1,
      }),
      true,
    );
  });

  const plain = { ...scaled, weightDecay: 0 };

  it.each<[string, Partial<RmspropRecord>]>([
    ["plain", {}],
    ["with decay and momentum", { momentum: 0.9, weightDecay: 0.1 }],
    ["centered", { centered: true }],
    ["with all", { centered: true, momentum: 0.5, weightDecay: 0.1 }],
  ])("rmsprop %s: three updates of a table", (_, settings) => {
    updates<RmspropRecord>(
      "rmsprop",
      writeRmsprop,
      (record, [parameter, mean, square, buffer]) => ({
        ...record,
        ...plain,
        parameter: parameter!,
        square: square!,
        mean: mean!,
        buffer: buffer!,
        alpha: 0.9,
        // Where mean² is near the square, a root of next to nothing keeps no digits that could be compared.
        eps: settings.centered === true ? 1 : 1e-3,
        momentum: 0,
        centered: false,
        ...settings,
      }),
      true,
      // Means of gradients cancel, and in a tensor of one element that is the largest there is.
      settings.centered === true ? 1e-5 : 1e-6,
    );
  });

  it("adagrad: three updates of a table, with decay too", () => {
    for (const weightDecay of [0, 0.1]) {
      updates<AdagradRecord>(
        "adagrad",
        writeAdagrad,
        (record, [parameter, , square]) => {
          return { ...record, ...plain, weightDecay, parameter: parameter!, sum: square!, eps: 1e-4 };
        },
        true,
      );
    }
  });

  it("adadelta: three updates of a table, with decay too", () => {
    for (const weightDecay of [0, 0.1]) {
      updates<AdadeltaRecord>(
        "adadelta",
        writeAdadelta,
        (record, [parameter, , square, delta]) => {
          const memory = { parameter: parameter!, square: square!, delta: delta! };
          return { ...record, ...plain, ...memory, weightDecay, rho: 0.9, eps: 1e-6 };
        },
        true,
      );
    }
  });
});

/** Entries that cut their work into stretches: who does which must not show. */
describe.each(builds)("$name shares", ({ raw }) => {
  const noArgs: Partial<Record<keyof Kernels, (out: number, a: number, b: number, index: number) => number[]>> = {
    fill: (out) => [out, 0.3, 77],
    copy: (out, a) => [out, a, 77],
    axpy: (out, a) => [out, 0.3, a, 77],
    scale: (out, a) => [out, 0.3, a, 77],
    unary: (out, a) => [3, out, a, 77],
    unaryGrad: (out, a, b) => [3, out, a, b, a, 77],
    binary: (out, a, b) => [0, out, 7, 11, a, 11, 1, b, 0, 1],
    pack: (out, a) => [out, a, 13, 5, 5, 1],
    columnSum: (out, a) => [out, a, 40, 2, 37, 1],
    copyColumns: (out, a) => [out, 12, a, 11, 6, 10],
    gatherRows: (out, a, _, index) => [out, a, index, 5, 15],
    scatterAddRows: (out, a, _, index) => [out, a, index, 5, 15],
    softmax: (out, a) => [out, a, 7, 11],
    logSoftmax: (out, a) => [out, a, 7, 11],
    dropoutMask: (out) => [out, 7, 11, 5, 6, 0.4, 0],
  };

  it.each(Object.entries(noArgs))("%s", (name, args) => {
    const [start, a, b, index] = [random(90), noise(90), noise(90), ints([3, 0, 3, -1, 1])];
    const alone = floats(start);
    raw[name]!(...args(alone, a, b, index), 0, 1);
    for (const workers of [2, 3, 7]) {
      const shared = floats(start);
      for (let worker = workers - 1; worker >= 0; worker--) raw[name]!(...args(shared, a, b, index), worker, workers);
      expectSame(read(shared, 90), read(alone, 90), `${name}, ${workers} workers`);
    }
    expect(read(alone, 90)).not.toEqual(start);
    expectCanaries();
  });
});
