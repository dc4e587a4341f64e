/** Value types of the WebAssembly binary format. */
export const TYPE = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
export type ValueType = (typeof TYPE)[keyof typeof TYPE];

/** Prefix byte of SIMD instructions; their number follows as LEB128. */
export const SIMD_PREFIX = 0xfd;
/** Mark, above the byte range, of the opcodes below that stand behind the prefix. */
export const SIMD = 0x10000;

/** Opcodes that the emitters use, by their text name in camel case. Source: WebAssembly specification 2.0, chapter 5. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  f32Store: 0x38,
  i32Const: 0x41,
  f32Const: 0x43,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32LtU: 0x49,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  f32Add: 0x92,
  f32Max: 0x97,
  f32ConvertI32U: 0xb3,

  v128Load: SIMD | 0x00,
  v128Load32Splat: SIMD | 0x09,
  v128Store: SIMD | 0x0b,
  v128Const: SIMD | 0x0c,
  f32x4Splat: SIMD | 0x13,
  f32x4ExtractLane: SIMD | 0x1f,
  f32x4Eq: SIMD | 0x41,
  f32x4Lt: SIMD | 0x43,
  f32x4Le: SIMD | 0x45,
  v128And: SIMD | 0x4e,
  v128Or: SIMD | 0x50,
  v128Xor: SIMD | 0x51,
  v128Bitselect: SIMD | 0x52,
  v128Store32Lane: SIMD | 0x5a,
  v128Load32Zero: SIMD | 0x5c,
  i32x4Shl: SIMD | 0xab,
  i32x4ShrS: SIMD | 0xac,
  i32x4Add: SIMD | 0xae,
  i32x4Sub: SIMD | 0xb1,
  f32x4Abs: SIMD | 0xe0,
  f32x4Neg: SIMD | 0xe1,
  f32x4Sqrt: SIMD | 0xe3,
  f32x4Add: SIMD | 0xe4,
  f32x4Sub: SIMD | 0xe5,
  f32x4Mul: SIMD | 0xe6,
  f32x4Div: SIMD | 0xe7,
  f32x4Min: SIMD | 0xe8,
  f32x4Max: SIMD | 0xe9,
  f32x4Pmin: SIMD | 0xea,
  f32x4Pmax: SIMD | 0xeb,
  f32x4ConvertI32x4S: SIMD | 0xfa,
} as const;

/** One instruction. */
export type Opcode = (typeof OP)[keyof typeof OP];
