import { pushSigned, pushUnsigned } from "./leb128.js";
import { OP, SIMD, SIMD_PREFIX, TYPE, type Opcode, type ValueType } from "./opcodes.js";
import { toBits } from "./scalar-lanes.js";

/** Result type of a block that leaves nothing on the stack. */
const EMPTY_BLOCK = 0x40;

function pushLittleEndian(out: number[], word: number): void {
  for (let shift = 0; shift < 32; shift += 8) out.push((word >>> shift) & 0xff);
}

/**
 * The body of one function, written instruction by instruction; every method returns the builder. Constants asked for
 * by `constantLocal` are set once, before the first instruction: engines rebuild a v128 constant wherever it stands.
 */
export class Code {
  private readonly parameters: readonly ValueType[];
  private readonly declared: ValueType[] = [];
  private readonly prologue: number[] = [];
  private readonly constants = new Map<string, number>();
  private out: number[] = [];

  constructor(parameters: readonly ValueType[]) {
    this.parameters = parameters;
  }

  /** Declare a local and return its number. */
  local(type: ValueType): number {
    return this.parameters.length + this.declared.push(type) - 1;
  }

  /** The local that holds `pattern` in lane 0 and `others` in lanes 1 … 3 throughout the function. */
  constantLocal(pattern: number, others = pattern): number {
    const key = `${pattern},${others}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const local = this.local(TYPE.v128);
    this.constants.set(key, local);
    const body = this.out;
    this.out = this.prologue;
    this.op(OP.v128Const);
    for (const lane of [pattern, others, others, others]) pushLittleEndian(this.out, lane);
    this.set(local);
    this.out = body;
    return local;
  }

  /** An instruction without immediates. */
  op(opcode: Opcode): this {
    if (opcode >= SIMD) {
      this.out.push(SIMD_PREFIX);
      pushUnsigned(this.out, opcode - SIMD);
    } else this.out.push(opcode);
    return this;
  }

  /** An instruction with one unsigned immediate: a local, a label depth, a function, a lane. */
  private withIndex(opcode: Opcode, index: number): this {
    this.op(opcode);
    pushUnsigned(this.out, index);
    return this;
  }

  get(local: number): this {
    return this.withIndex(OP.localGet, local);
  }
  set(local: number): this {
    return this.withIndex(OP.localSet, local);
  }
  tee(local: number): this {
    return this.withIndex(OP.localTee, local);
  }
  call(index: number): this {
    return this.withIndex(OP.call, index);
  }
  br(depth: number): this {
    return this.withIndex(OP.br, depth);
  }
  brIf(depth: number): this {
    return this.withIndex(OP.brIf, depth);
  }
  extractLane(lane: number): this {
    return this.withIndex(OP.f32x4ExtractLane, lane);
  }

  i32(value: number): this {
    this.op(OP.i32Const);
    pushSigned(this.out, value);
    return this;
  }
  f32(value: number): this {
    this.op(OP.f32Const);
    pushLittleEndian(this.out, toBits(value));
    return this;
  }

  /** A load or store; `align` is the logarithm of the promised alignment in bytes, `offset` is added to the address. */
  access(opcode: Opcode, align: number, offset = 0): this {
    this.withIndex(opcode, align);
    pushUnsigned(this.out, offset);
    return this;
  }
  /** Store lane 0 of a vector, four bytes. */
  storeLane0(): this {
    this.access(OP.v128Store32Lane, 2);
    this.out.push(0);
    return this;
  }

  block(body: () => void): this {
    return this.structure(OP.block, body);
  }
  loop(body: () => void): this {
    return this.structure(OP.loop, body);
  }
  /** Run `body` if the i32 on the stack is not 0, else `otherwise`. */
  if(body: () => void, otherwise?: () => void): this {
    return this.structure(OP.if, () => {
      body();
      if (otherwise) {
        this.op(OP.else);
        otherwise();
      }
    });
  }
  private structure(opcode: Opcode, body: () => void): this {
    this.op(opcode);
    this.out.push(EMPTY_BLOCK);
    body();
    return this.op(OP.end);
  }

  /** Locals and instructions as an entry of the code section, without its size. */
  finish(): number[] {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.declared) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const entry: number[] = [];
    pushUnsigned(entry, runs.length);
    for (const { type, count } of runs) {
      pushUnsigned(entry, count);
      entry.push(type);
    }
    return [...entry, ...this.prologue, ...this.out, OP.end];
  }
}
