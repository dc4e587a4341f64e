const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

interface WithBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}

/** Base64 to bytes, by the engine where it can; `atob` does not exist in worklets. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return (Uint8Array as WithBase64).fromBase64?.(text) ?? decodeSlowly(text);
}

/** The same in plain code: 5 ms for the kernels at a program's start. */
export function decodeSlowly(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const first = (values[text.charCodeAt(i)] << 18) | (values[text.charCodeAt(i + 1)] << 12);
    const three = first | (values[text.charCodeAt(i + 2)] << 6) | values[text.charCodeAt(i + 3)];
    bytes[at++] = three >> 16;
    if (at < bytes.length) bytes[at++] = (three >> 8) & 255;
    if (at < bytes.length) bytes[at++] = three & 255;
  }
  return bytes;
}
