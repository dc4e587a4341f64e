import { describe, expect, it } from "vitest";
import * as float64 from "../float64.js";
import { LOWERINGS } from "./lowering.js";
import { ModuleBuilder } from "./module.js";
import { OP, TYPE } from "./opcodes.js";
import { fromBits, scalarLanes, toBits } from "./scalar-lanes.js";
import { WasmLanes } from "./wasm-lanes.js";

type Name = keyof typeof LOWERINGS;
const NAMES = Object.keys(LOWERINGS) as Name[];
const BOUND: Record<Name, number> = { exp: 2, log: 2, tanh: 3, sigmoid: 3 };
const FLOAT64: Record<Name, (x: number) => number> = {
  exp: float64.exp,
  log: float64.log,
  tanh: float64.tanh,
  sigmoid: float64.sigmoid,
};

/** A module with `name(n)`: memory[0 … n) = lowering(memory[0 … n)), n a multiple of 4. */
function emit(): Record<Name, (n: number) => void> & { memory: WebAssembly.Memory } {
  const builder = new ModuleBuilder();
  builder.importMemory("env", "memory", { min: 1, shared: false });
  for (const name of NAMES) {
    const code = builder.exportFunction(name, [TYPE.i32]);
    const lanes = new WasmLanes(code);
    const p = code.local(TYPE.i32);
    code.loop(() => {
      code.get(p).get(p).access(OP.v128Load, 2);
      code.get(LOWERINGS[name](lanes, lanes.take())).access(OP.v128Store, 2);
      code.get(p).i32(16).op(OP.i32Add).tee(p).get(0).i32(2).op(OP.i32Shl).op(OP.i32LtU).brIf(0);
    });
  }
  const memory = new WebAssembly.Memory({ initial: 256 });
  const bytes = builder.finish();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { ...instance.exports, memory } as never;
}

/** Distance of `y` from `reference` in units of the last place of the f32 binade that holds `reference`. */
function ulps(y: number, reference: number): number {
  if (Number.isNaN(reference) || Number.isNaN(y)) return Number.isNaN(reference) && Number.isNaN(y) ? 0 : Infinity;
  if (y === reference) return 0;
  // Beyond the largest finite f32 the next step is ∞, one ulp further.
  const end = 2 ** 128;
  const finite = Math.max(-end, Math.min(end, y));
  const target = Math.max(-end, Math.min(end, reference));
  const exponent = Math.min(127, Math.max(-126, Math.floor(Math.log2(Math.abs(target)))));
  return Math.abs(finite - target) / 2 ** (exponent - 23);
}

const THRESHOLDS = [
  0,
  1,
  2,
  0.5,
  0.17328679,
  0.34657359,
  0.5198604,
  0.69314718,
  1.0397208,
  9.01,
  10,
  16.6,
  17.3,
  30,
  87.33654,
  88,
  88.72283,
  88.722839,
  89,
  103.27893,
  103.97208,
  104,
  150,
  1e-38,
  2 ** -126,
  2 ** -149,
  2 ** -24,
  2 ** -12,
  Math.SQRT1_2,
  Math.SQRT2,
  3.4028234663852886e38,
  1e30,
];

/** Bit patterns around every threshold, of both signs, and the special values. */
function nearThresholds(): number[] {
  const patterns = [Infinity, -Infinity, NaN, -0].map(toBits);
  patterns.push(0x7f800001, 0x7fc00001, 0x7fffffff, -1, -0x7fff0);
  for (const x of THRESHOLDS) {
    for (let k = -400; k <= 400; k++) {
      const near = Math.max(0, Math.min(0x7f800000, toBits(x) + k));
      patterns.push(near, near | 0x80000000);
    }
  }
  return patterns;
}

/** Every `stride`-th of the 2³² bit patterns. */
function everyPattern(stride: number): Int32Array {
  return Int32Array.from({ length: Math.floor(2 ** 32 / stride) & ~3 }, (_, i) => (i * stride) | 0);
}

const sweep = everyPattern(2039);
const dense = nearThresholds();
const patterns = new Int32Array((sweep.length + dense.length + 3) & ~3);
patterns.set(sweep);
patterns.set(dense, sweep.length);

describe.each(NAMES)("%s", (name) => {
  const emitted = emit();
  const bits = new Int32Array(emitted.memory.buffer).subarray(0, patterns.length);
  bits.set(patterns);
  emitted[name](patterns.length);
  const floats = new Float32Array(bits.buffer, 0, bits.length);

  it(`is within ${BOUND[name]} ulp of float64 over ${patterns.length} inputs`, () => {
    let worst = 0;
    let at = 0;
    for (let i = 0; i < patterns.length; i++) {
      const error = ulps(floats[i], FLOAT64[name](fromBits(patterns[i])));
      if (error > worst) [worst, at] = [error, i];
    }
    expect(worst, `${name}(${fromBits(patterns[at])}) = ${floats[at]}`).toBeLessThanOrEqual(BOUND[name]);
  });

  it("has the same bits in WebAssembly as in one scalar lane", () => {
    const wrong: string[] = [];
    for (let i = 0; i < patterns.length; i++) {
      if (i % 3 !== 0 && i < sweep.length) continue;
      const expected = LOWERINGS[name](scalarLanes, patterns[i]);
      const bothNaN = Number.isNaN(floats[i]) && Number.isNaN(fromBits(expected));
      if (expected !== bits[i] && !bothNaN) wrong.push(`${name}(${fromBits(patterns[i])}) = ${floats[i]}`);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

describe("special values", () => {
  const at = (name: Name, x: number): number => fromBits(LOWERINGS[name](scalarLanes, toBits(x)));

  it("exp reaches 0 and infinity, and rounds denormals", () => {
    expect([at("exp", -Infinity), at("exp", 0), at("exp", Infinity), at("exp", 89), at("exp", 1e30)]).toEqual([
      0,
      1,
      Infinity,
      Infinity,
      Infinity,
    ]);
    expect(at("exp", -103)).toBe(2 ** -149);
    expect(at("exp", -1e30)).toBe(0);
    expect(at("exp", NaN)).toBeNaN();
  });

  it("log knows zero, negatives and infinity", () => {
    expect([at("log", 0), at("log", -0), at("log", 1), at("log", Infinity)]).toEqual([
      -Infinity,
      -Infinity,
      0,
      Infinity,
    ]);
    expect([at("log", -1), at("log", -Infinity), at("log", NaN)]).toEqual([NaN, NaN, NaN]);
    expect(at("log", 2 ** -149)).toBe(Math.fround(-149 * Math.LN2));
  });

  it("tanh is the identity on tiny inputs and never leaves [−1, 1]", () => {
    for (const x of [0, -0, 2 ** -149, -(2 ** -140), 1e-20, 1e-5]) expect(at("tanh", x)).toBe(Math.fround(x));
    for (let i = 0; i < patterns.length; i += 7) {
      const y = fromBits(LOWERINGS.tanh(scalarLanes, patterns[i]));
      if (Math.abs(y) > 1) expect(y, `tanh(${fromBits(patterns[i])})`).toBe(1);
    }
    expect([at("tanh", Infinity), at("tanh", -Infinity), at("tanh", 20)]).toEqual([1, -1, 1]);
  });

  it("sigmoid falls to denormals, then to 0", () => {
    expect([at("sigmoid", -Infinity), at("sigmoid", -105), at("sigmoid", 0), at("sigmoid", Infinity)]).toEqual([
      0, 0, 0.5, 1,
    ]);
    expect(at("sigmoid", -100)).toBe(Math.fround(float64.exp(-100)));
  });
});
