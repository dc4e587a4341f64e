/**
 * exp, log, tanh and sigmoid: their one definition, as f32 primitives without fused multiply-add. Whoever runs them
 * (emitted programs, kernels, the scalar oracle) hands in its `Lanes` and gets the same bits.
 *
 * exp, tanh and sigmoid rest on one even function, H(h) = h·coth h = 1 + h²/3 − h⁴/45 + …, because
 * e^(2h) = (H + h) / (H − h): two coefficients do the work of a polynomial of degree six, and the quotient that tanh and
 * sigmoid need anyway is the only one.
 *
 * Measured over all 2³² inputs against float64: exp 1.4, log 0.9, tanh 2.8, sigmoid 2.5 ulp.
 */
import type { Lanes } from "./lanes.js";

/** Adding 1.5·2²³ rounds to an integer and leaves it, two's complement, in the low mantissa bits. */
const ROUND = 12582912;
/** Bias of an f32 exponent: (n + BIAS) << 23 are the bits of 2ⁿ. */
const BIAS = 127;
const MANTISSA_BITS = 23;
const SIGN = 0x80000000;

const LOG2_E = 1.4426950216293335;
/** ln 2 in two pieces; n·LN2_HIGH is exact for |n| < 2⁹. */
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = 1.428606765330187e-6;
/** ½ ln 2 in f32, off by 1e-9: near enough for tanh, which flattens as n grows. */
const HALF_LN2 = 0.3465735912322998;

/** H(h) ≈ 1 + H1·h² + H2·h⁴ for |h| ≤ ¼ ln 2, error 2.3e-9. */
const H1 = 0.33333250880241394;
const H2 = -0.022133702412247658;

/** log((1 + s)/(1 − s)) ≈ 2s + s³·(L1 + L2·s² + L3·s⁴) for |s| ≤ 0.172, error 1.8e-10. */
const L1 = 0.666668176651001;
const L2 = 0.3997349143028259;
const L3 = 0.29964226484298706;

/** r and the rounding register of x = n·ln 2 + r, |r| ≤ ½ ln 2; the register holds n + `bias` in its low bits. */
function reduce<V>(l: Lanes<V>, x: V, bias: number): { r: V; rounded: V } {
  const magic = l.constant(ROUND + bias);
  const rounded = l.add(l.mul(x, l.constant(LOG2_E)), magic);
  const n = l.sub(rounded, magic);
  const high = l.sub(x, l.mul(n, l.constant(LN2_HIGH)));
  return { r: l.sub(high, l.mul(n, l.constant(LN2_LOW))), rounded };
}

/** 2·H(r/2), so that e^r = (R + r) / (R − r). */
function twiceH<V>(l: Lanes<V>, r: V): V {
  const z = l.mul(r, r);
  const slope = l.add(l.mul(l.constant(H2 / 8), z), l.constant(H1 / 2));
  return l.add(l.mul(slope, z), l.constant(2));
}

/**
 * eˣ, error ≤ 2 ulp, denormal results included; e^−∞ = 0, overflow gives ∞ from 88.7228….
 *
 * e^r = 1 + 2r/(R − r), so the rounding of the quotient counts less than half; 2ⁿ goes in as two factors, because one
 * exponent field cannot span −150 … 128.
 */
export function exp<V>(l: Lanes<V>, x: V): V {
  const bounded = l.greater(l.lesser(x, l.constant(89)), l.constant(-104));
  const { r, rounded } = reduce(l, bounded, 2 * BIAS);
  const quotient = l.div(l.add(r, r), l.sub(twiceH(l, r), r));
  const half = l.shiftRight(rounded, 1);
  const scale = l.shiftLeft(half, MANTISSA_BITS);
  const rest = l.shiftLeft(l.subInt(rounded, half), MANTISSA_BITS);
  return l.mul(l.mul(l.add(quotient, l.constant(1)), scale), rest);
}

/**
 * 1 / (1 + e^−x) = eˣ / (eˣ + 1), error ≤ 3 ulp, denormal results included (x < −87.3).
 *
 * With eˣ = 2ⁿ·a/b both sides of the fraction are multiplied by 2⁶⁴·b: one quotient, and no denormal before it.
 */
export function sigmoid<V>(l: Lanes<V>, x: V): V {
  const bounded = l.greater(l.lesser(x, l.constant(30)), l.constant(-104));
  const { r, rounded } = reduce(l, bounded, BIAS + 64);
  const even = twiceH(l, r);
  const a = l.mul(l.add(even, r), l.shiftLeft(rounded, MANTISSA_BITS));
  const b = l.mul(l.sub(even, r), l.constant(2 ** 64));
  return l.div(a, l.add(a, b));
}

/**
 * tanh x = (e^2x − 1) / (e^2x + 1), error ≤ 3 ulp (tanh x = x for tiny x), |tanh| ≤ 1.
 *
 * For |x| = n·½ln 2 + h, e^2|x| = 2ⁿ·(H + h)/(H − h); with g = ½(2ⁿ − 1)(H + h) the fraction is (g + h)/(g + H): nothing
 * cancels, n = 0 leaves h/H, and g + h ≤ g + H keeps it at most 1.
 */
export function tanh<V>(l: Lanes<V>, x: V): V {
  const sign = l.and(x, l.bits(SIGN));
  const bounded = l.lesser(l.xor(x, sign), l.constant(10));
  const magic = l.constant(ROUND + BIAS - 1);
  const rounded = l.add(l.mul(bounded, l.constant(2 * LOG2_E)), magic);
  const n = l.sub(rounded, magic);
  const h = l.sub(bounded, l.mul(n, l.constant(HALF_LN2)));
  const z = l.mul(h, h);
  const even = l.add(l.mul(l.add(l.mul(l.constant(H2), z), l.constant(H1)), z), l.constant(1));
  const weight = l.sub(l.shiftLeft(rounded, MANTISSA_BITS), l.constant(0.5));
  const g = l.mul(weight, l.add(even, h));
  return l.or(l.div(l.add(g, h), l.add(g, even)), sign);
}

/**
 * Natural logarithm, error ≤ 2 ulp, denormal inputs included; log 0 = −∞, log of a negative = NaN, log ∞ = ∞.
 *
 * x = 2ⁿ·(1 + f), √½ ≤ 1 + f < √2; log(1 + f) = f − f²/2 + s·(f²/2 + …) with s = f/(2 + f), as in fdlibm.
 */
export function log<V>(l: Lanes<V>, x: V): V {
  const small = l.less(x, l.constant(2 ** -126));
  const normal = l.select(small, l.mul(x, l.constant(2 ** 25)), x);
  const exponent = l.shiftRight(l.subInt(normal, l.bits(0x3f3504f3)), MANTISSA_BITS);
  const mantissa = l.subInt(normal, l.shiftLeft(exponent, MANTISSA_BITS));
  const n = l.sub(l.fromInt(exponent), l.and(small, l.constant(25)));

  const f = l.sub(mantissa, l.constant(1));
  const s = l.div(f, l.add(f, l.constant(2)));
  const z = l.mul(s, s);
  const slope = l.add(l.mul(l.add(l.mul(l.constant(L3), z), l.constant(L2)), z), l.constant(L1));
  const halfSquare = l.mul(l.mul(f, f), l.constant(0.5));
  const tail = l.add(l.mul(s, l.add(halfSquare, l.mul(slope, z))), l.mul(n, l.constant(LN2_LOW)));
  const finite = l.add(l.mul(n, l.constant(LN2_HIGH)), l.sub(f, l.sub(halfSquare, tail)));

  const positive = l.select(l.less(x, l.constant(Infinity)), finite, x);
  const rest = l.select(l.equal(x, l.constant(0)), l.constant(-Infinity), l.bits(0x7fc00000));
  return l.select(l.less(l.constant(0), x), positive, rest);
}

/** The lowerings by name. */
export const LOWERINGS = { exp, log, tanh, sigmoid } as const;
