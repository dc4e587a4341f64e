/**
 * Every error of the library: one function per error, each returning a `HiddenstateError` that reads like a short
 * letter — who, what was expected, what came, what to do. No other file words an error.
 */

/** An error with a stable `code` (`E_…`) that programs can test; the message is for people and may change. */
export class HiddenstateError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "HiddenstateError";
    this.code = code;
  }
}
