import type { FileSource } from "../data/index.js";
import { binaryAt, bytesOfFile, decodeText } from "../data/whole-text.js";
import { dataBinary, dataEmpty } from "../errors.js";
import type { ReadContext } from "./task.js";

/**
 * The text of files: one as it stands, several one after the other, each ending in a newline. UTF-8 without NUL; a byte order
 * mark is dropped, and a line ends in LF, where the file has CRLF as well; a lone CR is a character. Of a folder, files that are no text are passed over and told, empty ones passed over.
 *
 * @throws E_DATA_EMPTY for a file without a character, or a folder without text; E_DATA_BINARY for a file that is not text
 */
export async function readTexts(files: readonly FileSource[], { folder, note }: ReadContext): Promise<string> {
  const parts: string[] = [];
  const skipped: string[] = [];
  for (const file of files) {
    const bytes = await bytesOfFile(file);
    const at = binaryAt(bytes);
    if (at !== null && folder === undefined) throw dataBinary(file.name, at);
    if (at !== null)
      skipped.push(folder !== undefined ? file.name.slice(folder.length).replace(/^[/\\]/, "") : file.name);
    const text = at === null ? decodeText(bytes).replaceAll("\r\n", "\n") : "";
    if (text === "" && folder === undefined) throw dataEmpty(file.name, false);
    if (text !== "") parts.push(folder === undefined && files.length === 1 ? text : withNewline(text));
  }
  if (parts.length === 0) throw dataEmpty(folder ?? "", true);
  if (skipped.length > 0) {
    const some = skipped.slice(0, 3).join(", ") + (skipped.length > 3 ? ", …" : "");
    note?.(`left out ${skipped.length} file${skipped.length === 1 ? "" : "s"} that are no text: ${some}`);
  }
  return parts.join("");
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
