import { describe, expect, it } from "vitest";
import type { Code } from "./code.js";
import { pushSigned, pushUnsigned } from "./leb128.js";
import { ModuleBuilder } from "./module.js";
import { OP, TYPE } from "./opcodes.js";

type Numeric = (...args: number[]) => number;

function run(builder: ModuleBuilder, imports: WebAssembly.Imports = {}): Record<string, Numeric> {
  const bytes = builder.finish();
  expect(WebAssembly.validate(bytes)).toBe(true);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as never;
}

describe("LEB128", () => {
  it.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [624485, [0xe5, 0x8e, 0x26]],
    [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("unsigned %i", (value, bytes) => {
    const out: number[] = [];
    pushUnsigned(out, value);
    expect(out).toEqual(bytes);
  });

  it.each([
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])("signed %i", (value, bytes) => {
    const out: number[] = [];
    pushSigned(out, value);
    expect(out).toEqual(bytes);
  });
});

describe("ModuleBuilder", () => {
  it("builds a loop over locals", () => {
    const builder = new ModuleBuilder();
    const code = builder.exportFunction("triangle", [TYPE.i32], [TYPE.i32]);
    const sum = code.local(TYPE.i32);
    code.block(() => {
      code.loop(() => {
        code.get(0).op(OP.i32Eqz).brIf(1);
        code.get(sum).get(0).op(OP.i32Add).set(sum);
        code.get(0).i32(1).op(OP.i32Sub).set(0).br(0);
      });
    });
    code.get(sum);
    expect(run(builder).triangle(1000)).toBe(500500);
  });

  it("chooses with if and else, and keeps negative and large constants", () => {
    const builder = new ModuleBuilder();
    const code = builder.exportFunction("choose", [TYPE.i32], [TYPE.i32]);
    const result = code.local(TYPE.i32);
    code.get(0).if(
      () => void code.i32(-1_000_000).set(result),
      () => void code.i32(0x7fffffff).set(result),
    );
    code.get(result);
    const { choose } = run(builder);
    expect([choose(1), choose(0)]).toEqual([-1_000_000, 0x7fffffff]);
  });

  it("calls imported functions, which are numbered before its own", () => {
    const builder = new ModuleBuilder();
    const first = builder.importFunction("env", "first", [TYPE.i32], [TYPE.i32]);
    const second = builder.importFunction("env", "second", [TYPE.i32, TYPE.i32], [TYPE.i32]);
    const code = builder.exportFunction("both", [TYPE.i32], [TYPE.i32]);
    code.get(0).get(0).call(first).call(second);
    const env = { first: (x: number) => x + 1, second: (x: number, y: number) => 100 * x + y };
    expect(run(builder, { env }).both(4)).toBe(405);
  });

  const addOne = (code: Code): void => {
    const one = code.constantLocal(0x3f800000);
    code.get(0);
    code.get(0).access(OP.v128Load, 2, 4).get(one).op(OP.f32x4Add).access(OP.v128Store, 2, 4);
    code.get(0).get(0).access(OP.v128Load32Zero, 2).get(one).op(OP.f32x4Add).storeLane0();
  };

  it.each([false, true])("reads and writes vectors of a memory (shared: %s)", (shared) => {
    const builder = new ModuleBuilder();
    builder.importMemory("env", "memory", shared ? { min: 1, max: 65536, shared } : { min: 1, shared });
    addOne(builder.exportFunction("addOne", [TYPE.i32]));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
    const floats = new Float32Array(memory.buffer, 64, 6).fill(0.5);
    run(builder, { env: { memory } }).addOne(64);
    expect([...floats]).toEqual([1.5, 1.5, 1.5, 1.5, 1.5, 0.5]);
  });

  it("reads an f32 constant back and horizontal lanes", () => {
    const builder = new ModuleBuilder();
    const code = builder.exportFunction("quarter", [TYPE.f32], [TYPE.f32]);
    const v = code.local(TYPE.v128);
    code.get(0).op(OP.f32x4Splat).set(v);
    code.get(v).extractLane(3).f32(-0.25).op(OP.f32Add);
    expect(run(builder).quarter(2)).toBe(1.75);
  });
});
