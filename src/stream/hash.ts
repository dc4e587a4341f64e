/** A 64-bit checksum, for telling models and files apart; it is no defence against someone who wants two to be equal. */

/** Hash of bytes, as 16 hexadecimal digits. */
export function hashBytes(bytes: Uint8Array, seed = 0): string {
  let a = 0x9e3779b9 ^ bytes.length;
  let b = 0x85ebca6b ^ seed;
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    a = Math.imul(a ^ word, 0x85ebca77);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0xc2b2ae3d);
    b ^= b >>> 13;
  }
  for (let i = whole; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x85ebca77);
    b = Math.imul(b ^ bytes[i], 0xc2b2ae3d);
  }
  return digits(finish(a, b)) + digits(finish(b, a));
}

function finish(x: number, y: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x2c1b3c6d);
  x ^= Math.imul(y ^ (y >>> 13), 0x297a2d39);
  return (x ^ (x >>> 15)) >>> 0;
}

function digits(word: number): string {
  return word.toString(16).padStart(8, "0");
}
