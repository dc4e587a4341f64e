/**
 * sin and cos in float64 with the same bits on every engine, error below 1 ulp at any size of the argument.
 *
 * Source: fdlibm's kernels and its reduction for moderate arguments (see float64.ts for its licence). Larger arguments
 * are reduced with π as a big integer: slow, rare, and exact.
 */

/** Sine of y0 + y1, |y0| ≤ π/4. */
function kernelSin(y0: number, y1: number): number {
  const z = y0 * y0;
  const v = z * y0;
  const r =
    8.33333333332248946124e-3 +
    z *
      (-1.98412698298579493134e-4 +
        z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  return y0 - (z * (0.5 * y1 - v * r) - y1 + v * 1.66666666666666324348e-1);
}

/** Cosine of y0 + y1, |y0| ≤ π/4. */
function kernelCos(y0: number, y1: number): number {
  const z = y0 * y0;
  const r =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - y0 * y1));
}

/** What `reduce` leaves: the angle's remainder in two pieces. */
let remainder0 = 0;
let remainder1 = 0;

/** x = n·π/2 + remainder, |remainder| ≤ π/4; n mod 4. Assumes x finite. */
function reduce(x: number): number {
  if (Math.abs(x) <= 0.7853981633974483) {
    remainder0 = x;
    remainder1 = 0;
    return 0;
  }
  if (Math.abs(x) > 1e6) return reduceLarge(x);
  // π/2 in three pieces of 33 bits and a tail: n·piece is exact for n < 2²⁰. Two pieces and their tail give 118 bits.
  const n = Math.floor(x * 6.36619772367581382433e-1 + 0.5);
  const r1 = x - n * 1.57079632673412561417;
  let w = n * 6.0771005063039659766e-11;
  let r = r1 - w;
  w = n * 2.02226624879595063154e-21 - (r1 - r - w);
  remainder0 = r - w;
  if (Math.abs(remainder0) < 1e-9) {
    // So close to a multiple of π/2 that the third piece shows.
    const r2 = r;
    w = n * 2.0222662487111664558e-21;
    r = r2 - w;
    w = n * 8.47842766036889956997e-32 - (r2 - r - w);
    remainder0 = r - w;
  }
  remainder1 = r - remainder0 - w;
  return n & 3;
}

const SHIFT = 1200n;
let pi = 0n;

/** π · 2¹²⁰⁰ by Machin's formula, 16 arctan(1/5) − 4 arctan(1/239). */
function scaledPi(): bigint {
  const guard = 64n;
  const arctanInverse = (n: bigint): bigint => {
    let term = (1n << (SHIFT + guard)) / n;
    let sum = term;
    for (let k = 3n; term !== 0n; k += 2n) {
      term = -term / (n * n);
      sum += term / k;
    }
    return sum;
  };
  return (16n * arctanInverse(5n) - 4n * arctanInverse(239n)) >> guard;
}

function reduceLarge(x: number): number {
  if (pi === 0n) pi = scaledPi();
  // A double above 10⁶ times 2³³ is a whole number.
  const scaled =
    BigInt(Math.abs(x) < 2 ** 60 ? Math.abs(x) * 2 ** 33 : Math.abs(x)) <<
    (Math.abs(x) < 2 ** 60 ? SHIFT - 33n : SHIFT);
  const n = ((scaled << 2n) + pi) / (pi << 1n);
  const rest = scaled - ((n * pi) >> 1n);
  const sign = x < 0 ? -1 : 1;
  // 1200 fraction bits are beyond a double's range; 200 bits less still leave the second piece exact enough.
  const short = rest >> 200n;
  const high = Number(short);
  remainder0 = sign * high * 9.3326361850321887899e-302;
  remainder1 = sign * Number(short - BigInt(high)) * 9.3326361850321887899e-302;
  const quarter = Number(n & 3n);
  return sign < 0 ? (4 - quarter) & 3 : quarter;
}

/** Sine of x in radians; NaN for infinities. */
export function sin(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  if (Math.abs(x) < 7e-9) return x;
  switch (reduce(x)) {
    case 0:
      return kernelSin(remainder0, remainder1);
    case 1:
      return kernelCos(remainder0, remainder1);
    case 2:
      return -kernelSin(remainder0, remainder1);
    default:
      return -kernelCos(remainder0, remainder1);
  }
}

/** Cosine of x in radians; NaN for infinities. */
export function cos(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  switch (reduce(x)) {
    case 0:
      return kernelCos(remainder0, remainder1);
    case 1:
      return -kernelSin(remainder0, remainder1);
    case 2:
      return -kernelCos(remainder0, remainder1);
    default:
      return kernelSin(remainder0, remainder1);
  }
}
