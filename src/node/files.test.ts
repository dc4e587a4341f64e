import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readTextData } from "./files.js";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "files-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | number[]): string {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, typeof content === "string" ? content : Uint8Array.from(content));
  return file;
}

describe("one file", () => {
  test("is its text, without a byte order mark", () => {
    const file = write("a.txt", "\ufeffgrüß\r\n😀");
    expect(readTextData(file)).toEqual({ text: "grüß\r\n😀", files: [file], skipped: [] });
  });

  test.each([
    ["NUL", [104, 105, 0, 106], 2],
    ["a byte that is never UTF-8", [104, 0xff], 1],
    ["a character cut short at the end", [104, 105, 0xf0, 0x9f], 3],
    ["an overlong form", [0xc0, 0x80], 0],
    ["UTF-16", [0xff, 0xfe, 104, 0], 0],
  ])("%s makes it binary, and the byte is named", (_, bytes, at) => {
    expect(() => readTextData(write("a.bin", bytes))).toThrow(`byte ${at} cannot stand in text`);
  });

  test("missing, empty, or refused", () => {
    expect(() => readTextData(path.join(folder, "none"))).toThrow("there is no file or folder");
    expect(() => readTextData(path.join(write("a", "x"), "b"))).toThrow("there is no file or folder");
    expect(() => readTextData(write("empty", ""))).toThrow("the file is empty");
    expect(() => readTextData(write("mark", "\ufeff"))).toThrow("the file is empty");
    const file = write("locked", "x");
    vi.spyOn(fs, "readFileSync").mockImplementation(() => {
      throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    });
    expect(() => readTextData(file)).toThrow("cannot be read: EACCES");
  });
});

describe("a folder", () => {
  test("is its text files, below too, sorted by path, each ending in a newline", () => {
    write("b.txt", "two");
    write("a/z.txt", "one\n");
    write("B.txt", "zero\n");
    write("b/a.txt", "three\n");
    write("image.png", [0x89, 0x50, 0]);
    write("empty.txt", "");
    write(".git/config", "hidden");
    write("node_modules/x/index.js", "foreign");
    fs.symlinkSync("b.txt", path.join(folder, "c.txt"));
    fs.symlinkSync(".", path.join(folder, "loop"));
    fs.symlinkSync("nowhere", path.join(folder, "dangling"));
    expect(readTextData(folder)).toEqual({
      text: "zero\none\ntwo\nthree\ntwo\n",
      files: ["B.txt", "a/z.txt", "b.txt", "b/a.txt", "c.txt"],
      skipped: ["image.png"],
    });
  });

  test("without text is refused", () => {
    write("image.png", [0, 1]);
    write("empty.txt", "");
    expect(() => readTextData(folder)).toThrow("the folder holds no text file with content");
  });
});
