/**
 * exp, log and their family in float64, built from additions, multiplications, divisions and bit moves only.
 *
 * JavaScript leaves the accuracy of `Math.exp` and its siblings to the engine, so two engines may differ in the last
 * bit and two runs in everything after it. These give the same bits wherever IEEE 754 holds. Error below 1 ulp for exp,
 * log, expm1, log1p and pow, below 2 ulp for tanh and sigmoid.
 *
 * Source: the algorithms and constants of Sun's fdlibm, https://www.netlib.org/fdlibm/ ("Copyright (C) 1993 by Sun
 * Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute this software is freely
 * granted, provided that this notice is preserved.").
 */
export { pow } from "./float64-pow.js";
export { cos, sin } from "./float64-trig.js";

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LN2_INVERSE = 1.442695040888963387;

/** 2ⁿ for −1022 ≤ n ≤ 1023. */
function twoTo(n: number): number {
  words[0] = 0;
  words[1] = (n + 1023) << 20;
  return double[0];
}

/** eˣ; 0 below −745.13…, Infinity above 709.78…; denormal results are rounded once more. */
export function exp(x: number): number {
  if (!(x > -745.13321910194122)) return x !== x ? x : 0;
  if (x > 709.78271289338397) return Infinity;
  if (x < 2e-9 && x > -2e-9) return 1 + x;
  // x = k·ln 2 + r, |r| ≤ ½ ln 2; ln 2 in two pieces, so that r carries its own rounding error in `low`.
  const k = Math.floor(x * LN2_INVERSE + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t *
          (-2.77777777770155933842e-3 +
            t * (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  if (k === 0) return y;
  if (k === 1024) return y * 2 * 8.98846567431157953865e307;
  if (k >= -1021) return y * twoTo(k);
  return y * twoTo(k + 1000) * 9.3326361850321887899e-302;
}

/** eˣ − 1, accurate near 0. */
export function expm1(x: number): number {
  if (!(x > -56)) return x !== x ? x : -1;
  if (x > 709.78271289338397) return Infinity;
  if (x < 5.5e-17 && x > -5.5e-17) return x;
  let k = 0;
  let c = 0;
  if (x > 0.34657359027997264 || x < -0.34657359027997264) {
    k =
      x < 0 && x > -1.0397207708399179
        ? -1
        : x > 0 && x < 1.0397207708399179
          ? 1
          : Math.trunc(LN2_INVERSE * x + (x < 0 ? -0.5 : 0.5));
    const high = x - k * LN2_HIGH;
    const low = k * LN2_LOW;
    x = high - low;
    c = high - x - low;
  }
  const half = 0.5 * x;
  const hxs = x * half;
  const r1 =
    1 +
    hxs *
      (-3.33333333333331316428e-2 +
        hxs *
          (1.58730158725481460165e-3 +
            hxs * (-7.93650757867487942473e-5 + hxs * (4.00821782732936239552e-6 + hxs * -2.01099218183624371326e-7))));
  const t = 3 - r1 * half;
  let e = hxs * ((r1 - t) / (6 - x * t));
  if (k === 0) return x - (x * e - hxs);
  e = x * (e - c) - c - hxs;
  if (k === -1) return 0.5 * (x - e) - 0.5;
  if (k === 1) return x < -0.25 ? -2 * (e - (x + 0.5)) : 1 + 2 * (x - e);
  if (k <= -2 || k > 56) {
    const y = 1 - (e - x);
    return (k === 1024 ? y * 2 * 8.98846567431157953865e307 : y * twoTo(k)) - 1;
  }
  if (k < 20) return (1 - twoTo(-k) - (e - x)) * twoTo(k);
  return (x - (e + twoTo(-k)) + 1) * twoTo(k);
}

/** The polynomial of log(1 + f) that fdlibm's log and log1p share, in s = f / (2 + f). */
function logPolynomial(s: number): number {
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  return even + odd;
}

/** Natural logarithm; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984;
    k = -54;
  }
  double[0] = x;
  const top = words[1];
  const fraction = top & 0xfffff;
  // Normalise to [√½, √2).
  const i = (fraction + 0x95f64) & 0x100000;
  words[1] = fraction | (i ^ 0x3ff00000);
  k += (top >> 20) - 1023 + (i >> 20);
  const f = double[0] - 1;
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  const r = logPolynomial(s);
  return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
}

/** log(1 + x), accurate near 0. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (x === Infinity) return x;
  if (x < 1e-17 && x > -1e-17) return x;
  const u = 1 + x;
  // u is rounded; what the rounding lost comes back to first order.
  const lost = u - 1 === x ? 0 : u >= 2 ? 1 - (u - x) : x - (u - 1);
  double[0] = u;
  const top = words[1];
  const fraction = top & 0xfffff;
  const i = (fraction + 0x95f64) & 0x100000;
  const k = (top >> 20) - 1023 + (i >> 20);
  let f = x;
  if (k !== 0) {
    words[1] = fraction | (i ^ 0x3ff00000);
    f = double[0] - 1;
  }
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  const r = logPolynomial(s);
  const c = k === 0 ? 0 : lost / u;
  return k * LN2_HIGH - (half - (s * (half + r) + (k * LN2_LOW + c)) - f);
}

/** Hyperbolic tangent; odd, |tanh| ≤ 1, relative accuracy near 0. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (!(a < 22)) return x !== x ? x : x < 0 ? -1 : 1;
  if (a < 2.8e-17) return x;
  let y: number;
  if (a >= 1) {
    y = 1 - 2 / (expm1(2 * a) + 2);
  } else {
    const t = expm1(-2 * a);
    y = -t / (t + 2);
  }
  return x < 0 ? -y : y;
}

/** The logistic function 1 / (1 + e⁻ˣ), relative accuracy for large negative x too. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}
