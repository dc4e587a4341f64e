import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HiddenstateError } from "../errors.js";
import { readSafetensors, writeSafetensors, type TensorData, type TensorInput } from "./index.js";

const encoder = new TextEncoder();

/** A file with this header text and this much data. */
function file(header: string | Uint8Array, data: number | Uint8Array = 0): Uint8Array {
  const head = typeof header === "string" ? encoder.encode(header) : header;
  const body = typeof data === "number" ? new Uint8Array(data) : data;
  const out = new Uint8Array(8 + head.length + body.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true);
  out.set(head, 8);
  out.set(body, 8 + head.length);
  return out;
}

function tensor(dtype: unknown, shape: unknown, offsets: unknown): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

function refusal(bytes: Uint8Array): HiddenstateError {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (error instanceof HiddenstateError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
}

describe("reading", () => {
  test("a file written by hand, byte by byte", () => {
    const bytes = file(`{"a":${tensor("F32", [2, 1], [0, 8])},"__metadata__":{"format":"pt"}}  `, 8);
    new DataView(bytes.buffer).setFloat32(bytes.length - 8, 1.5, true);
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, -2, true);
    const { tensors, metadata } = readSafetensors(bytes);
    expect(tensors.get("a")).toEqual({ stored: "F32", shape: [2, 1], data: new Float32Array([1.5, -2]) });
    expect([...metadata]).toEqual([["format", "pt"]]);
  });

  test("scalars, empty tensors and an empty file are legal", () => {
    const bytes = file(`{"s":${tensor("U8", [], [0, 1])},"e":${tensor("F64", [0, 3], [1, 1])}}`, 1);
    expect(readSafetensors(bytes).tensors.get("s")?.data).toEqual(new Uint8Array(1));
    expect(readSafetensors(bytes).tensors.get("e")?.data).toEqual(new Float64Array(0));
    expect(readSafetensors(file("{}")).tensors.size).toBe(0);
  });

  test("the copy is private and the source may lie anywhere", () => {
    const bytes = file(`{"a":${tensor("F64", [1], [0, 8])}}`, 8);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { data } = readSafetensors(shifted.subarray(3)).tensors.get("a")!;
    shifted.fill(255);
    expect(data).toEqual(new Float64Array([0]));
  });

  test("a Buffer of Node reads like any bytes: its slice shares memory, a tensor must not", () => {
    const bytes = Buffer.from(writeSafetensors([["a", { shape: [2], data: new Float32Array([1, 2]) }]]));
    const { data } = readSafetensors(bytes).tensors.get("a")!;
    bytes.fill(0);
    expect([...data]).toEqual([1, 2]);
  });

  test("F16 and BF16 are widened exactly", () => {
    const halves = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0x8000, 0x7e00]);
    const data = new Uint8Array(halves.buffer);
    const f16 = readSafetensors(file(`{"a":${tensor("F16", [9], [0, 18])}}`, data)).tensors.get("a")!;
    expect(f16.stored).toBe("F16");
    expect([...(f16.data as Float32Array)]).toEqual([
      1,
      -2,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      65504,
      Infinity,
      -0,
      NaN,
    ]);
    const brain = new Uint8Array(new Uint16Array([0x3f80, 0xc049, 0x0001]).buffer);
    const bf16 = readSafetensors(file(`{"a":${tensor("BF16", [3], [0, 6])}}`, brain)).tensors.get("a")!;
    expect([...(bf16.data as Float32Array)]).toEqual([1, -3.140625, 2 ** -133]);
  });
});

describe("refusals", () => {
  const good = tensor("F32", [2], [0, 8]);
  const refused: [name: string, bytes: Uint8Array, words: string][] = [
    ["no header length", new Uint8Array(7), "at least 8 bytes, the file has 7"],
    ["a header longer than the file", file("{}").subarray(0, 9), "at least 10 bytes, the file has 9"],
    ["a header length of 2^64 − 1", new Uint8Array(16).fill(255), "claims 18446744073709551615 bytes"],
    ["invalid UTF-8", file(new Uint8Array([0x7b, 0xff, 0x7d])), "not valid UTF-8"],
    ["a byte order mark", file("\ufeff{}"), "expected a value at character 0"],
    ["an empty header", file(""), "expected a value"],
    ["a header that is no object", file("[]"), "the header must be an object"],
    ["text after the header", file("{}{}"), "expected the end of the text"],
    ["a duplicate tensor", file(`{"a":${good},"a":${good}}`, 8), 'the key "a" twice'],
    ["a duplicate through an escape", file(`{"a":${good},"\\u0061":${good}}`, 8), 'the key "a" twice'],
    ["a duplicate field", file('{"a":{"dtype":"U8","dtype":"U8"}}'), 'the key "dtype" twice'],
    ["an unknown element type", file(`{"a":${tensor("F8_E4M3", [2], [0, 8])}}`, 8), 'element type "F8_E4M3"'],
    ["an inherited name as element type", file(`{"a":${tensor("toString", [2], [0, 8])}}`, 8), "element type"],
    ["a negative dimension", file(`{"a":${tensor("F32", [-2], [0, 8])}}`, 8), "shape must be an array of non-negative"],
    ["a fractional dimension", file(`{"a":${tensor("F32", [0.5], [0, 2])}}`, 2), "shape must be"],
    [
      "an integer in another dress",
      file('{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', 1),
      "shape must be",
    ],
    [
      "a dimension above 2^53",
      file('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,1]}}', 1),
      "shape",
    ],
    ["an overflowing product", file(`{"a":${tensor("U8", [2 ** 40, 2 ** 40, 0], [0, 0])}}`), "fewer than 2^53 bytes"],
    ["offsets out of range", file(`{"a":${tensor("F32", [3], [0, 12])}}`, 8), "bytes 0…12, the data has 8"],
    ["offsets in the wrong order", file(`{"a":${tensor("F32", [2], [8, 0])}}`, 8), "bytes 8…0"],
    ["three offsets", file(`{"a":${tensor("F32", [2], [0, 4, 8])}}`, 8), "two numbers"],
    [
      "a size that is not shape × type",
      file(`{"a":${tensor("F32", [3], [0, 8])}}`, 8),
      "needs 12 bytes, its offsets give 8",
    ],
    [
      "overlapping tensors",
      file(`{"a":${good},"b":${tensor("F32", [2], [4, 12])}}`, 12),
      '"a" and "b" overlap at byte 4',
    ],
    ["the same bytes twice", file(`{"a":${good},"b":${good}}`, 8), "overlap"],
    [
      "a hole",
      file(`{"a":${good},"b":${tensor("F32", [1], [12, 16])}}`, 16),
      "bytes 8…12 of the data belong to no tensor",
    ],
    ["trailing data", file(`{"a":${good}}`, 9), "bytes 8…9 of the data belong to no tensor"],
    ["truncated data", file(`{"a":${good}}`, 7), "the data has 7"],
    ["a missing field", file('{"a":{"dtype":"F32","shape":[2]}}', 8), "data_offsets must be"],
    ["a foreign field", file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}'), 'not "x"'],
    ["metadata that is no string", file('{"__metadata__":{"a":1}}'), "must be a string"],
    ["metadata that is no object", file('{"__metadata__":"a"}'), "object of strings"],
    ["a lone surrogate", file('{"\\ud800":1}'), "well-formed"],
    ["deep nesting", file("[".repeat(100_000)), "less nesting"],
    ["a trailing comma", file(`{"a":${good},}`, 8), 'expected """'],
    ["a control character in a string", file('{"a\n":1}'), "the end of a string"],
  ];
  test.each(refused)("%s", (_, bytes, words) => {
    const error = refusal(bytes);
    expect(error.code).toMatch(/^E_SAFETENSORS/);
    expect(error.message).toContain(words);
  });

  test("the writer refuses what it could not read back", () => {
    const data = new Float32Array(2);
    expect(() => writeSafetensors([["a", { shape: [3], data }]])).toThrow("2 elements");
    expect(() => writeSafetensors([["a", { shape: [-2], data }]])).toThrow("non-negative integers");
    expect(() =>
      writeSafetensors([
        ["a", { shape: [2], data }],
        ["a", { shape: [2], data }],
      ]),
    ).toThrow("given twice");
    expect(() => writeSafetensors([["__metadata__", { shape: [2], data }]])).toThrow("reserved");
    expect(() => writeSafetensors([["\ud800", { shape: [2], data }]])).toThrow("well-formed");
  });
});

const arrays: fc.Arbitrary<TensorData> = fc.oneof(
  fc.float32Array({ maxLength: 24 }),
  fc.float64Array({ maxLength: 24 }),
  fc.int32Array({ maxLength: 24 }),
  fc.uint8Array({ maxLength: 24 }),
  fc.bigInt64Array({ maxLength: 24 }),
) as fc.Arbitrary<TensorData>;
const names = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "constructor", "1", '"\\\n'));
const tensors: fc.Arbitrary<[string, TensorInput][]> = fc
  .uniqueArray(fc.tuple(names, arrays), { selector: ([name]) => name, maxLength: 6 })
  .map((list) =>
    list
      .filter(([name]) => name !== "__metadata__")
      .map(([name, data]): [string, TensorInput] => [
        name,
        { shape: data.length % 2 ? [data.length] : [data.length / 2, 2], data },
      ]),
  );
const metadata = fc.uniqueArray(fc.tuple(names, fc.string({ unit: "grapheme" })), {
  selector: ([key]) => key,
  maxLength: 3,
});

describe("properties", () => {
  test("what is written is read back, bit for bit, whatever the order it came in", () => {
    fc.assert(
      fc.property(tensors, metadata, (list, notes) => {
        const bytes = writeSafetensors(list, notes);
        expect(writeSafetensors([...list].reverse(), [...notes].reverse())).toEqual(bytes);
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
        const back = readSafetensors(bytes);
        expect([...back.metadata].sort()).toEqual([...notes].sort());
        expect([...back.tensors.keys()].sort()).toEqual(list.map(([name]) => name).sort());
        for (const [name, { shape, data }] of list) {
          const read = back.tensors.get(name)!;
          expect(read.shape).toEqual(shape);
          expect(read.data.constructor).toBe(data.constructor);
          expect(new Uint8Array(read.data.buffer)).toEqual(
            new Uint8Array(data.buffer).subarray(data.byteOffset, data.byteOffset + data.byteLength),
          );
        }
      }),
    );
  });

  test("altered, cut or extended files are read or refused, never anything else", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(tensors, flips, fc.integer({ min: -40, max: 40 }), (list, changes, tail) => {
        const whole = writeSafetensors(list, [["k", "v"]]);
        const bytes = new Uint8Array(Math.max(0, whole.length + tail));
        bytes.set(whole.subarray(0, bytes.length));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        try {
          readSafetensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(HiddenstateError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("noise in the place of a header is refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.json().map((text) => encoder.encode(text)),
        ),
        (head) => {
          try {
            readSafetensors(file(head, 4));
          } catch (error) {
            expect(error).toBeInstanceOf(HiddenstateError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
