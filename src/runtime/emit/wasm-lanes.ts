import type { Code } from "./code.js";
import type { Lanes } from "./lanes.js";
import { OP, TYPE, type Opcode } from "./opcodes.js";
import { toBits } from "./scalar-lanes.js";

/**
 * `Lanes` that emit: a value is the v128 local that holds it. Every operation writes a local of its own, which costs
 * nothing once the engine has optimised; `restart` lets the next body reuse them.
 */
export class WasmLanes implements Lanes<number> {
  private readonly pool: number[] = [];
  private used = 0;
  private readonly code: Code;

  constructor(code: Code) {
    this.code = code;
  }

  /** Start a body that reads no value of the one before, constants apart. */
  restart(): void {
    this.used = 0;
  }

  /** Pop the v128 on the stack into a local of this body. */
  take(): number {
    if (this.used === this.pool.length) this.pool.push(this.code.local(TYPE.v128));
    const local = this.pool[this.used++];
    this.code.set(local);
    return local;
  }

  private unary(opcode: Opcode, a: number): number {
    this.code.get(a).op(opcode);
    return this.take();
  }
  private binary(opcode: Opcode, a: number, b: number): number {
    this.code.get(a).get(b).op(opcode);
    return this.take();
  }
  private shift(opcode: Opcode, a: number, count: number): number {
    this.code.get(a).i32(count).op(opcode);
    return this.take();
  }

  constant = (value: number): number => this.code.constantLocal(toBits(value));
  bits = (pattern: number): number => this.code.constantLocal(pattern | 0);
  add = (a: number, b: number): number => this.binary(OP.f32x4Add, a, b);
  sub = (a: number, b: number): number => this.binary(OP.f32x4Sub, a, b);
  mul = (a: number, b: number): number => this.binary(OP.f32x4Mul, a, b);
  div = (a: number, b: number): number => this.binary(OP.f32x4Div, a, b);
  sqrt = (a: number): number => this.unary(OP.f32x4Sqrt, a);
  neg = (a: number): number => this.unary(OP.f32x4Neg, a);
  abs = (a: number): number => this.unary(OP.f32x4Abs, a);
  min = (a: number, b: number): number => this.binary(OP.f32x4Min, a, b);
  max = (a: number, b: number): number => this.binary(OP.f32x4Max, a, b);
  lesser = (a: number, b: number): number => this.binary(OP.f32x4Pmin, a, b);
  greater = (a: number, b: number): number => this.binary(OP.f32x4Pmax, a, b);
  less = (a: number, b: number): number => this.binary(OP.f32x4Lt, a, b);
  lessEqual = (a: number, b: number): number => this.binary(OP.f32x4Le, a, b);
  equal = (a: number, b: number): number => this.binary(OP.f32x4Eq, a, b);
  select = (mask: number, a: number, b: number): number => {
    this.code.get(a).get(b).get(mask).op(OP.v128Bitselect);
    return this.take();
  };
  and = (a: number, b: number): number => this.binary(OP.v128And, a, b);
  or = (a: number, b: number): number => this.binary(OP.v128Or, a, b);
  xor = (a: number, b: number): number => this.binary(OP.v128Xor, a, b);
  addInt = (a: number, b: number): number => this.binary(OP.i32x4Add, a, b);
  subInt = (a: number, b: number): number => this.binary(OP.i32x4Sub, a, b);
  shiftLeft = (a: number, count: number): number => this.shift(OP.i32x4Shl, a, count);
  shiftRight = (a: number, count: number): number => this.shift(OP.i32x4ShrS, a, count);
  fromInt = (a: number): number => this.unary(OP.f32x4ConvertI32x4S, a);
}
