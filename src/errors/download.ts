/** Files from the network. */
import { HiddenstateError } from "./letter.js";

/** A server that does not give the file. */
export function downloadRefused(url: string, status: number): HiddenstateError {
  const why =
    status === 404
      ? "The file is not there any more."
      : status >= 500
        ? "The server is in trouble; try again later."
        : "It may want something that this program does not give.";
  return new HiddenstateError(
    "E_DOWNLOAD",
    `download: ${url} answered ${status}. ${why} You can fetch the file by hand and put it into the folder of the set.`,
  );
}

/** No server, or no network. */
export function downloadUnreachable(url: string, cause: unknown): HiddenstateError {
  const reason = (cause as { cause?: { message?: string } })?.cause?.message ?? String(cause);
  return new HiddenstateError(
    "E_DOWNLOAD",
    `download: ${url} cannot be reached (${reason}). Check the network, or a proxy on the way, and try again.`,
    { cause },
  );
}

/** A download that broke off. */
export function downloadInterrupted(url: string, received: number, bytes: number): HiddenstateError {
  return new HiddenstateError(
    "E_DOWNLOAD_INTERRUPTED",
    `download: ${url} broke off after ${received} of ${bytes} bytes. What came is kept: the same command goes on from there.`,
  );
}

/** Bytes that are not those of the list. */
export function downloadChecksum(
  url: string,
  expected: { readonly bytes: number; readonly sha256: string },
  received: { readonly bytes: number; readonly sha256: string },
): HiddenstateError {
  return new HiddenstateError(
    "E_DOWNLOAD_CHECKSUM",
    `download: ${url} gave ${received.bytes} bytes with SHA-256 ${received.sha256}, not ${expected.bytes} with ${expected.sha256}. ` +
      "Nothing was kept. The file has changed at its source, or something on the way has changed it.",
  );
}
