import { host as web } from "./host-web.js";
import { host as node } from "../node/host.js";
import { expect, test } from "vitest";
import { decodeBase64, decodeSlowly } from "./base64.js";

test.each([0, 1, 2, 3, 4, 5, 255, 1000])("%i bytes come back from base64, on every host", (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 197 + 11) & 255);
  const text = Buffer.from(bytes).toString("base64");
  for (const decode of [decodeBase64, decodeSlowly, node.decodeBase64, web.decodeBase64]) {
    const decoded = decode(text);
    expect(decoded).toStrictEqual(bytes);
    expect(decoded.buffer.byteLength).toBe(length);
  }
});
