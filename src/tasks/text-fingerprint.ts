/**
 * Sixteen hexadecimal digits that tell texts apart: two 32-bit FNV-1a-like chains over the UTF-16 units, one of them
 * mixed by MurmurHash3's multiplier. Against accidents, not against attackers.
 */
export function textFingerprint(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul((b ^ (b >>> 15)) + unit, 0x85ebca6b);
  }
  const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
  return hex(a) + hex(b ^ (b >>> 13));
}
