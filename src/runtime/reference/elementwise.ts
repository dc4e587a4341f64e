import { exp, log, sigmoid, tanh } from "../float64.js";
import type { BinaryOp, Kernels, UnaryOp } from "../kernels.js";
import { type Views } from "./views.js";

type Unary = (a: number) => number;
type UnaryGrad = (dy: number, a: number, y: number) => number;
type Binary = (a: number, b: number) => number;

const UNARY: Record<UnaryOp, Unary> = {
  neg: (a) => -a,
  exp,
  log,
  tanh,
  sigmoid,
  relu: (a) => Math.max(a, 0),
  sqrt: (a) => Math.sqrt(a),
  abs: (a) => Math.abs(a),
  square: (a) => a * a,
};

const UNARY_GRAD: Record<UnaryOp, UnaryGrad> = {
  neg: (dy) => -dy,
  exp: (dy, _a, y) => dy * y,
  log: (dy, a) => dy / a,
  tanh: (dy, _a, y) => dy * (1 - y * y),
  sigmoid: (dy, _a, y) => dy * (y * (1 - y)),
  relu: (dy, a) => (a > 0 ? dy : 0),
  sqrt: (dy, _a, y) => (dy * 0.5) / y,
  abs: (dy, a) => (a > 0 ? dy : a < 0 ? -dy : 0),
  square: (dy, a) => dy * (2 * a),
};

const BINARY: Record<BinaryOp, Binary> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  greater: (a, b) => (a > b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
};

/** Filling, copying and element-wise functions of the reference table. */
export function elementwise({
  floats,
}: Views): Pick<Kernels, "fill" | "copy" | "unary" | "unaryGrad" | "binary" | "axpy" | "scale"> {
  return {
    fill(out, value, n) {
      floats(out, n).fill(value);
    },

    copy(out, a, n) {
      floats(out, n).set(floats(a, n));
    },

    unary(op, out, a, n) {
      const f = UNARY[op];
      const y = floats(out, n);
      const x = floats(a, n);
      for (let i = 0; i < n; i++) y[i] = f(x[i]!);
    },

    unaryGrad(op, da, dy, a, y, n) {
      const f = UNARY_GRAD[op];
      const dx = floats(da, n);
      const g = floats(dy, n);
      const x = floats(a, n);
      const v = floats(y, n);
      for (let i = 0; i < n; i++) dx[i] = f(g[i]!, x[i]!, v[i]!);
    },

    binary(op, out, rows, cols, a, aRow, aCol, b, bRow, bCol) {
      const f = BINARY[op];
      const none = rows === 0 || cols === 0;
      const y = floats(out, rows * cols);
      const p = floats(a, none ? 0 : (rows - 1) * aRow + (cols - 1) * aCol + 1);
      const q = floats(b, none ? 0 : (rows - 1) * bRow + (cols - 1) * bCol + 1);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < cols; c++) {
          y[r * cols + c] = f(p[r * aRow + c * aCol]!, q[r * bRow + c * bCol]!);
        }
      }
    },

    axpy(out, alpha, a, n) {
      const y = floats(out, n);
      const x = floats(a, n);
      for (let i = 0; i < n; i++) y[i] = y[i]! + alpha * x[i]!;
    },

    scale(out, alpha, a, n) {
      const y = floats(out, n);
      const x = floats(a, n);
      for (let i = 0; i < n; i++) y[i] = alpha * x[i]!;
    },
  };
}
