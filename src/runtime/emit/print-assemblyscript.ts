/** Prints the lowerings as AssemblyScript, so that the kernels compile the same exp, log, tanh and sigmoid. */
import type { Lanes } from "./lanes.js";
import { LOWERINGS } from "./lowering.js";

/** `Lanes` whose values are AssemblyScript expressions; each operation becomes one `const` line. */
class PrintedLanes implements Lanes<string> {
  readonly lines: string[] = [];

  private line(expression: string): string {
    const name = `t${this.lines.length}`;
    this.lines.push(`  const ${name} = ${expression};`);
    return name;
  }

  constant(value: number): string {
    if (!Number.isFinite(value)) return value > 0 ? this.bits(0x7f800000) : this.bits(0xff800000 | 0);
    const text = String(Math.fround(value));
    return `f32x4.splat(${/[.e]/.test(text) ? text : `${text}.0`})`;
  }
  bits(pattern: number): string {
    return `i32x4.splat(${pattern | 0})`;
  }
  add = (a: string, b: string): string => this.line(`f32x4.add(${a}, ${b})`);
  sub = (a: string, b: string): string => this.line(`f32x4.sub(${a}, ${b})`);
  mul = (a: string, b: string): string => this.line(`f32x4.mul(${a}, ${b})`);
  div = (a: string, b: string): string => this.line(`f32x4.div(${a}, ${b})`);
  sqrt = (a: string): string => this.line(`f32x4.sqrt(${a})`);
  neg = (a: string): string => this.line(`f32x4.neg(${a})`);
  abs = (a: string): string => this.line(`f32x4.abs(${a})`);
  min = (a: string, b: string): string => this.line(`f32x4.min(${a}, ${b})`);
  max = (a: string, b: string): string => this.line(`f32x4.max(${a}, ${b})`);
  lesser = (a: string, b: string): string => this.line(`f32x4.pmin(${a}, ${b})`);
  greater = (a: string, b: string): string => this.line(`f32x4.pmax(${a}, ${b})`);
  less = (a: string, b: string): string => this.line(`f32x4.lt(${a}, ${b})`);
  lessEqual = (a: string, b: string): string => this.line(`f32x4.le(${a}, ${b})`);
  equal = (a: string, b: string): string => this.line(`f32x4.eq(${a}, ${b})`);
  select = (mask: string, a: string, b: string): string => this.line(`v128.bitselect(${a}, ${b}, ${mask})`);
  and = (a: string, b: string): string => this.line(`v128.and(${a}, ${b})`);
  or = (a: string, b: string): string => this.line(`v128.or(${a}, ${b})`);
  xor = (a: string, b: string): string => this.line(`v128.xor(${a}, ${b})`);
  addInt = (a: string, b: string): string => this.line(`i32x4.add(${a}, ${b})`);
  subInt = (a: string, b: string): string => this.line(`i32x4.sub(${a}, ${b})`);
  shiftLeft = (a: string, count: number): string => this.line(`i32x4.shl(${a}, ${count})`);
  shiftRight = (a: string, count: number): string => this.line(`i32x4.shr_s(${a}, ${count})`);
  fromInt = (a: string): string => this.line(`f32x4.convert_i32x4_s(${a})`);
}

/** Source text of a module that exports `expV`, `logV`, `tanhV` and `sigmoidV`, each `(x: v128) => v128` on four f32. */
export function printAssemblyScript(): string {
  const functions = Object.entries(LOWERINGS).map(([name, lower]) => {
    const lanes = new PrintedLanes();
    const result = lower(lanes, "x");
    return [
      "// @ts-ignore: decorator",
      "@inline",
      `export function ${name}V(x: v128): v128 {`,
      ...lanes.lines,
      `  return ${result};`,
      "}",
      "",
    ].join("\n");
  });
  return functions.join("\n");
}
