/**
 * xʸ in float64 with the same bits on every engine, error below 1 ulp.
 *
 * y·log₂ x is computed in two doubles, so that its fraction keeps full precision. Source: fdlibm's pow (see float64.ts
 * for its licence).
 */
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** x with the lower 32 bits cleared: products of two such halves are exact. */
function upper(x: number): number {
  double[0] = x;
  words[0] = 0;
  return double[0];
}

function fromHighWord(high: number): number {
  words[0] = 0;
  words[1] = high;
  return double[0];
}

/** What the logarithms leave: log₂ in two pieces, the first with 32 bits. */
let log0 = 0;
let log1 = 0;

/** log₂ of 1 + t for |t| ≤ 2⁻²⁰. */
function log2NearOne(t: number): void {
  const w = t * t * (0.5 - t * (0.3333333333333333 - t * 0.25));
  const u = 1.44269502162933349609 * t;
  const v = t * 1.92596299112661746887e-8 - w * 1.442695040888963387;
  log0 = upper(u + v);
  log1 = v - (log0 - u);
}

/** log₂ of a finite a > 0. */
function log2(a: number): void {
  let n = 0;
  if (a < 2.2250738585072014e-308) {
    a *= 9007199254740992;
    n = -53;
  }
  double[0] = a;
  let high = words[1];
  n += (high >> 20) - 1023;
  const fraction = high & 0xfffff;
  high = fraction | 0x3ff00000;
  // a is brought near 1 or near 3/2.
  let nearThreeHalves = 0;
  if (fraction > 0x3988e && fraction < 0xbb67a) nearThreeHalves = 1;
  else if (fraction >= 0xbb67a) {
    n += 1;
    high -= 0x100000;
  }
  words[1] = high;
  a = double[0];
  const base = nearThreeHalves === 1 ? 1.5 : 1;
  const baseLog0 = nearThreeHalves === 1 ? 5.84962487220764160156e-1 : 0;
  const baseLog1 = nearThreeHalves === 1 ? 1.35003920212974897128e-8 : 0;

  let u = a - base;
  let v = 1 / (a + base);
  const s = u * v;
  const s0 = upper(s);
  let t0 = fromHighWord(((high >> 1) | 0x20000000) + 0x80000 + (nearThreeHalves << 18));
  let t1 = a - (t0 - base);
  const s1 = v * (u - s0 * t0 - s0 * t1);
  let square = s * s;
  let r =
    square *
    square *
    (5.99999999999994648725e-1 +
      square *
        (4.28571428578550184252e-1 +
          square *
            (3.33333329818377432918e-1 +
              square *
                (2.72728123808534006489e-1 +
                  square * (2.30660745775561754067e-1 + square * 2.06975017800338417784e-1)))));
  r += s1 * (s0 + s);
  square = s0 * s0;
  t0 = upper(3 + square + r);
  t1 = r - (t0 - 3 - square);
  u = s0 * t0;
  v = s1 * t0 + t1 * s;
  const p0 = upper(u + v);
  const p1 = v - (p0 - u);
  const z0 = 9.61796700954437255859e-1 * p0;
  const z1 = -7.02846165095275826516e-9 * p0 + p1 * 9.61796693925975554329e-1 + baseLog1;
  log0 = upper(z0 + z1 + baseLog0 + n);
  log1 = z1 - (log0 - n - baseLog0 - z0);
}

/** 2 to the power p0 + p1. */
function exp2(p0: number, p1: number): number {
  const sum = p1 + p0;
  if (sum >= 1024 && (sum > 1024 || p1 + 8.008566259537294e-17 > sum - p0)) return Infinity;
  if (sum <= -1075 && (sum < -1075 || p1 <= sum - p0)) return 0;
  const n = Math.abs(sum) > 0.5 ? Math.floor(sum + 0.5) : 0;
  p0 -= n;
  const t = upper(p1 + p0);
  const u = t * 6.93147182464599609375e-1;
  const v = (p1 - (t - p0)) * 6.93147180559945286227e-1 + t * -1.90465429995776804525e-9;
  const z = u + v;
  const w = v - (z - u);
  const q = z * z;
  const c =
    z -
    q *
      (1.66666666666666019037e-1 +
        q *
          (-2.77777777770155933842e-3 +
            q * (6.61375632143793436117e-5 + q * (-1.6533902205465251539e-6 + q * 4.13813679705723846039e-8))));
  const r = (z * c) / (c - 2) - (w + z * w);
  const y = 1 - (r - z);
  if (n > 1022) return y * fromHighWord(2045 << 20) * fromHighWord((n - 1022 + 1023) << 20);
  if (n >= -1021) return y * fromHighWord((n + 1023) << 20);
  return y * fromHighWord((n + 1000 + 1023) << 20) * 9.3326361850321887899e-302;
}

function signedZero(sign: number): number {
  return sign < 0 ? -0 : 0;
}

/** x to the power y, with JavaScript's special cases: pow(x, 0) = 1, pow(±1, ±Infinity) = NaN. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (x !== x || y !== y) return NaN;
  const a = Math.abs(x);
  if (Math.abs(y) === Infinity) return a === 1 ? NaN : a > 1 === y > 0 ? Infinity : 0;
  if (y === 1) return x;
  if (y === 2) return x * x;
  if (y === 0.5 && x > 0) return Math.sqrt(x);
  const whole = Math.floor(y) === y;
  const odd = whole && Math.abs(y) < 9007199254740992 && Math.floor(y / 2) !== y / 2;
  const negative = x < 0 || Object.is(x, -0);
  const sign = negative && odd ? -1 : 1;
  if (a === 0 || a === Infinity) return (a === 0) === y > 0 ? signedZero(sign) : sign * Infinity;
  if (negative && !whole) return NaN;
  if (a === 1) return sign;

  if (Math.abs(y) > 2147483648) {
    // Only bases within 2⁻²⁰ of 1 keep a finite power above 0.
    if (a < 0.9999990463256836 || a > 1.000000953674316) return a > 1 === y > 0 ? sign * Infinity : signedZero(sign);
    log2NearOne(a - 1);
  } else {
    log2(a);
  }
  const y0 = upper(y);
  return sign * exp2(y0 * log0, (y - y0) * log0 + y * log1);
}
