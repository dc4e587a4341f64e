import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  collect,
  type FileSource,
  gunzip,
  memoryFile,
  readClassFiles,
  readClassFolders,
  readConll,
  readConllu,
  readCsv,
  readJsonl,
  readLabelled,
  readLines,
  readParallel,
  readSktime,
  Skipped,
} from "../index.js";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

/** A file that comes in pieces of `n` bytes. */
const pieces = (content: string | Uint8Array, n: number): FileSource => ({
  name: "file",
  async *open() {
    const all = typeof content === "string" ? new TextEncoder().encode(content) : content;
    for (let at = 0; at < all.length; at += n) yield all.subarray(at, at + n);
  },
});
const texts = async (file: FileSource, options = {}): Promise<string[]> =>
  (await collect(readLines(file, options))).map(({ text }) => text);
const file = (content: string | Uint8Array): FileSource => memoryFile("file", content);

describe("lines", () => {
  test("LF, CRLF, a last line without end, a mark at the start only, a lone CR", async () => {
    const content = "\ufeffgrüß\r\n\n\ufeff😀\rx\nlast";
    for (const n of [1, 2, 3, 1000]) {
      expect(await texts(pieces(content, n))).toEqual(["grüß", "", "\ufeff😀\rx", "last"]);
    }
    expect((await collect(readLines(file("a\r\nb\n")))).map(({ line }) => line)).toEqual([1, 2]);
    expect(await texts(file(""))).toEqual([]);
    expect(await texts(file("\ufeff"))).toEqual([]);
    expect(await texts(file("\n"))).toEqual([""]);
  });

  test("any text, however it is cut", async () => {
    const unit = fc.constantFrom("a", "é", "😀", "\n", "\u2028", "\v");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit }), fc.integer({ min: 1, max: 9 }), async (text, n) => {
        const lines = text.split("\n");
        if (lines.at(-1) === "") lines.pop();
        expect(await texts(pieces(text, n))).toEqual(lines);
      }),
    );
  });

  test("a line of a million characters, in small pieces", async () => {
    const [short, long] = await texts(pieces(`a\n${"é".repeat(1_000_000)}`, 1000));
    expect([short, long.length]).toEqual(["a", 1_000_000]);
  });

  const cases: [string, Uint8Array, string][] = [
    [
      "a byte that is never UTF-8",
      bytes("ab\ncd", [0xff], "e\n"),
      "file, line 2: byte 5 from the start (0xFF) is not UTF-8",
    ],
    ["after a mark", bytes("\ufeffa", [0xff]), "line 1: byte 4 from the start"],
    ["a character cut short by a line's end", bytes("x\n", [0xc3], "\ny"), "line 2: byte 2 from the start (0xC3)"],
    ["a character cut short at the end", bytes("\n\nx", [0xf0, 0x9f]), "line 3: byte 3 from the start (0xF0)"],
    ["an overlong form", bytes([0xc0, 0x80]), "byte 0 from the start (0xC0)"],
    ["a surrogate", bytes("ok ", [0xed, 0xa0, 0x80]), "byte 3 from the start (0xED)"],
    ["NUL", bytes("ab\n\nc", [0], "d"), "line 3: byte 5 from the start (0x00)"],
    ["NUL before another bad byte", bytes([0], "a", [0xff]), "byte 0 from the start"],
    ["NUL behind another bad byte", bytes([0xff], "a", [0]), "byte 0 from the start (0xFF)"],
  ];
  test.each(cases)("%s is named with line and byte", async (_, content, words) => {
    for (const n of [1, 2, 100]) await expect(texts(pieces(content, n))).rejects.toThrow(words);
  });

  test("any bytes are text, or their first bad one is named", async () => {
    const some = fc.constantFrom(0x0a, 0x41, 0x80, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xff, 0x90, 0x8f);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 9 }), fc.array(some), async (any, chosen) => {
        for (const content of [Uint8Array.of(0x41, ...any), Uint8Array.of(0x41, ...chosen)]) {
          const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
          const strict = new TextDecoder("utf-8", { fatal: true });
          let good = !content.includes(0);
          try {
            strict.decode(content);
          } catch {
            good = false;
          }
          const read = texts(file(content));
          if (good)
            expect((await read).join("\n")).toBe(whole.replaceAll("\r\n", "\n").replace(/\n$/, "").replace(/\r$/, ""));
          else await expect(read).rejects.toMatchObject({ code: "E_ENCODING" });
        }
      }),
      { numRuns: 500 },
    );
  });

  test("UTF-16 and gzip are named", async () => {
    await expect(texts(file(bytes([0xff, 0xfe], "h", [0])))).rejects.toThrow("file: this is UTF-16");
    await expect(texts(file(gzipSync("hello")))).rejects.toThrow("file: this is gzip, not text");
  });

  test("bad bytes are replaced, or read as Latin-1, if that is said", async () => {
    const content = bytes("caf", [0xe9], "\nna", [0xef], "ve");
    expect(await texts(file(content), { invalid: "replace" })).toEqual(["caf\ufffd", "na\ufffdve"]);
    expect(await texts(pieces(content, 2), { encoding: "latin1" })).toEqual(["café", "naïve"]);
    // ISO-8859-1 and not windows-1252, as a decoder of that name would have it.
    expect(await texts(file(Uint8Array.of(0x93)), { encoding: "latin1" })).toEqual(["\u0093"]);
    await expect(texts(file(content), { encoding: "utf16" })).rejects.toThrow('encoding cannot be "utf16"');
  });
});

describe("CSV", () => {
  const rows = async (content: string, options = {}): Promise<unknown[]> =>
    (await collect(readCsv(pieces(content, 7), options))).map(({ fields, line }) => [{ ...fields }, line]);

  test("quotes, doubled quotes, commas and lines within fields, CRLF, a mark, empty lines", async () => {
    const content = '\ufefftext,label\r\n"a ""b"", c",x\r\n\r\n"two\r\nlines",y\r\nplain,"z"\r\n';
    expect(await rows(content)).toEqual([
      [{ text: 'a "b", c', label: "x" }, 2],
      [{ text: "two\nlines", label: "y" }, 4],
      [{ text: "plain", label: "z" }, 6],
    ]);
  });

  test("without a header, with names of one's own, with tabs", async () => {
    expect(await rows("a,b\nc,d", { header: false })).toEqual([
      [{ 0: "a", 1: "b" }, 1],
      [{ 0: "c", 1: "d" }, 2],
    ]);
    expect(await rows("a\tb,c", { header: ["x", "y"], delimiter: "\t" })).toEqual([[{ x: "a", y: "b,c" }, 1]]);
    expect(await rows("__proto__,b\n1,2")).toEqual([[{ ["__proto__"]: "1", b: "2" }, 2]]);
  });

  test("what is wrong is named with its line, or left out and counted", async () => {
    const content = 'text,label\na,b\nlonely\n"two\nlines",x\n"a"b,c\nlast,d\n';
    await expect(rows(content)).rejects.toThrow("file, line 3: expected 2 fields, received 1");
    await expect(rows('a,b\n1,2\nx"y,3\n4,5')).rejects.toThrow("line 3: expected a record of fields, quoted");
    await expect(rows('a,b\n1,2\n"never closed,3\n4,5')).rejects.toThrow("line 3: expected a record of fields, quoted");
    const skipped = new Skipped();
    expect(await rows(content, { skipped })).toEqual([
      [{ text: "a", label: "b" }, 2],
      [{ text: "two\nlines", label: "x" }, 4],
      [{ text: "last", label: "d" }, 7],
    ]);
    expect(skipped.count).toBe(2);
    expect(skipped.first.map(({ message }) => /line \d+/.exec(message)?.[0])).toEqual(["line 3", "line 6"]);
  });

  test("a header without a needed column, or with one twice", async () => {
    await expect(rows("text,class\n", { columns: ["label"] })).rejects.toThrow(
      'a column "label", received columns text, class',
    );
    await expect(rows("a,a\n1,2")).rejects.toThrow('"a" twice');
    await expect(rows("", { columns: ["label"] })).rejects.toThrow("a header with label, received no line");
    expect(await rows("")).toEqual([]);
    await expect(rows("a", { delimiter: "::" })).rejects.toThrow("delimiter must be one character");
  });

  test("any table survives", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é", "\t"), minLength: 1 });
    const tables = fc
      .integer({ min: 2, max: 4 })
      .chain((n) => fc.array(fc.array(cell, { minLength: n, maxLength: n })));
    await fc.assert(
      fc.asyncProperty(tables, fc.integer({ min: 1, max: 40 }), async (table, n) => {
        const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;
        const content = table.map((row) => `${row.map(quote).join(",")}\n`).join("");
        const read = await collect(readCsv(pieces(content, n), { header: false }));
        expect(read.map(({ fields }) => Object.values(fields))).toEqual(table);
      }),
      { numRuns: 50 },
    );
  });
});

describe("JSON Lines", () => {
  test("values, empty lines, and what is none", async () => {
    const content = '{"a": 1}\r\n\n[2]\n{"a": \n"x"';
    await expect(collect(readJsonl(file(content)))).rejects.toThrow(
      'file, line 4: expected a JSON value, received "{\\"a\\": "',
    );
    const skipped = new Skipped();
    const read = await collect(readJsonl(file(content), { skipped }));
    expect(read).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: [2], line: 3 },
      { value: "x", line: 5 },
    ]);
    expect(skipped.count).toBe(1);
  });
});

describe("CoNLL columns", () => {
  const content = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\n# CD B-NP O\n1 CD I-NP O\n";

  test("token and label, sentences, documents", async () => {
    expect(await collect(readConll(pieces(content, 5)))).toEqual([
      { tokens: ["EU", "rejects"], labels: ["B-ORG", "O"], line: 3 },
      { tokens: ["#", "1"], labels: ["O", "O"], line: 7 },
    ]);
    const kept = await collect(readConll(file(content), { docstart: "keep", label: 1 }));
    expect(kept.map(({ labels }) => labels)).toEqual([["-X-"], ["NNP", "VBZ"], ["CD", "CD"]]);
  });

  test("comments only where they are said to be, tabs with spaces inside", async () => {
    const tabs = "# id = 1\nNew York\tB\n#\tO\n";
    const options = { comment: "#", separator: "tab" } as const;
    expect(await collect(readConll(file(tabs), options))).toEqual([
      { tokens: ["New York", "#"], labels: ["B", "O"], line: 2 },
    ]);
  });

  test("a line with other columns is named; with `skipped` its sentence goes", async () => {
    const bad = "a X\nb\nc X\n\nd Y\n\ne Z Z\n";
    await expect(collect(readConll(file(bad)))).rejects.toThrow("file, line 2: expected a token and its label");
    const skipped = new Skipped();
    const read = await collect(readConll(file(bad), { skipped }));
    expect(read.map(({ tokens }) => tokens)).toEqual([["d"]]);
    expect(skipped.first.map(({ message }) => /line \d+: expected [^,]*/.exec(message)?.[0])).toEqual([
      "line 2: expected a token and its label in columns 0 and -1 (at least 2 columns)",
      "line 7: expected 2 columns",
    ]);
    expect(await collect(readConll(file("")))).toEqual([]);
  });
});

describe("CoNLL-U", () => {
  const word = (id: string, form: string, head = "0"): string =>
    [id, form, "_", "X", "_", "_", head, "dep", "_", "_"].join("\t");
  const sentence = [
    "# sent_id = s1",
    "# text = don't go",
    "# newpar",
    word("1-2", "don't"),
    word("1", "do"),
    word("2", "n't", "1"),
  ];
  const content = [...sentence, word("2.1", "e"), word("3", "go", "1"), "", word("1", "Hi", "_"), "", ""].join("\n");

  test("words, multiword tokens, empty nodes and comments", async () => {
    const [one, two, ...rest] = await collect(readConllu(pieces(content, 11)));
    expect(rest).toEqual([]);
    expect(one.words.map(({ id, form, head }) => [id, form, head])).toEqual([
      [1, "do", 0],
      [2, "n't", 1],
      [3, "go", 1],
    ]);
    expect(one.multiword).toEqual([{ first: 1, last: 2, form: "don't", misc: "_" }]);
    expect(one.empty).toEqual([{ after: 2, index: 1, form: "e", upos: "X", deps: "_" }]);
    expect({ ...one.comments }).toEqual({ sent_id: "s1", text: "don't go", newpar: "" });
    expect([one.line, two.line, two.words[0].head]).toEqual([1, 10, null]);
  });

  test.each([
    ["nine columns", "1\ta\t_\t_\t_\t_\t0\t_\t_", "line 1: expected ten columns"],
    ["an empty column", word("1", ""), 'expected "_" where'],
    ["a gap in the ids", `${word("1", "a")}\n${word("3", "b")}`, "line 2: expected word 2"],
    ["a head outside", `${word("1", "a")}\n${word("2", "b", "3")}`, "line 2: expected a head from 0 to 2, received 3"],
    ["a head that is no number", word("1", "a", "x"), "a head that is a number"],
    [
      "a range outside",
      `${word("1-3", "ab")}\n${word("1", "a")}\n${word("2", "b")}`,
      "line 1: expected a range of words",
    ],
    ["a range too late", `${word("1", "a")}\n${word("1-2", "ab")}`, "line 2: expected a range that begins"],
    ["an empty node out of place", `${word("2.1", "a")}`, "an empty node after"],
  ])("%s", async (_, content, words) => {
    await expect(collect(readConllu(file(content)))).rejects.toThrow(words);
    const skipped = new Skipped();
    expect(await collect(readConllu(file(`${content}\n\n${word("1", "fine")}`), { skipped }))).toHaveLength(1);
    expect(skipped.count).toBe(1);
  });
});

describe("parallel text", () => {
  test("line by line, empty lines too", async () => {
    const read = await collect(readParallel(pieces("a\n\nc\n", 2), pieces("x\r\ny\r\nz", 3)));
    expect(read).toEqual([
      { source: "a", target: "x", line: 1 },
      { source: "", target: "y", line: 2 },
      { source: "c", target: "z", line: 3 },
    ]);
  });

  test("different numbers of lines are an error with both", async () => {
    const [short, long] = [memoryFile("de.txt", "a\nb"), pieces("1\n2\n3\n4\n5", 3)];
    await expect(collect(readParallel(short, long))).rejects.toThrow('"de.txt" has 2 lines and "file" has 5');
    await expect(collect(readParallel(long, short))).rejects.toThrow('"file" has 5 lines and "de.txt" has 2');
    await expect(collect(readParallel(short, file("")))).rejects.toThrow("has 2 lines and");
  });
});

describe("classes", () => {
  test("a label in front of each line", async () => {
    const content = "1 a fine film\n\n0\n0  dull \n";
    await expect(collect(readLabelled(file(content)))).rejects.toThrow(
      'line 3: expected a label, " " and a text, received "0"',
    );
    const skipped = new Skipped();
    const read = await collect(readLabelled(file(content), { skipped }));
    expect(read.map(({ label, text, line }) => [label, text, line])).toEqual([
      ["1", "a fine film", 1],
      ["0", "dull", 4],
    ]);
    const coarse = { label: (label: string) => label.split(":")[0] };
    const [question] = await collect(readLabelled(file("NUM:date When ?"), coarse));
    expect(question).toEqual({ label: "NUM", text: "When ?", file: "file", line: 1 });
  });

  test("a file per class, a folder per class", async () => {
    const names = [memoryFile("names/Arabic.txt", "Khoury\n\n Nahas \n"), memoryFile("names\\Czech.txt.gz", "Abl")];
    const read = await collect(readClassFiles(names));
    expect(read.map(({ label, text, line }) => [label, text, line])).toEqual([
      ["Arabic", "Khoury", 1],
      ["Arabic", "Nahas", 3],
      ["Czech", "Abl", 1],
    ]);
    const reviews = [
      memoryFile("r/pos/1.txt", "good\r\nfilm\n"),
      memoryFile("r/neg/1.txt", "bad"),
      memoryFile("r/neg/2", ""),
    ];
    const folders = await collect(readClassFolders(reviews));
    expect(folders.map(({ label, text }) => [label, text])).toEqual([
      ["pos", "good\nfilm"],
      ["neg", "bad"],
    ]);
  });
});

describe("sktime", () => {
  const header = "# made here\n@problemName Toy\n@timeStamps false\n@classLabel true up down\n@data\n";

  test("dimensions, values, missing ones, the class", async () => {
    const read = await collect(readSktime(pieces(`${header}1,2,?:4,5e-1,6:up\n\n-1:.5:down\n`, 9)));
    expect(read.map(({ values, label, line }) => [values.map((v) => [...v]), label, line])).toEqual([
      [
        [
          [1, 2, Number.NaN],
          [4, 0.5, 6],
        ],
        "up",
        6,
      ],
      [[[-1], [0.5]], "down", 8],
    ]);
  });

  test.each([
    ["another class", "1:2:left", "line 6: expected a class of the header (up, down)"],
    ["other dimensions", "1:2:up\n1:up", "line 7: expected 2 dimensions, received 1"],
    ["no number", "1,x:2,3:up", 'numbers in dimension 1, received "x"'],
    ["uneven dimensions", "1,2:3:up", "2 values in every dimension, received 1 in dimension 2"],
    ["a class alone", "up", "values in front of the class"],
  ])("%s", async (_, content, words) => {
    await expect(collect(readSktime(file(header + content)))).rejects.toThrow(words);
  });

  test("what is no such file", async () => {
    await expect(collect(readSktime(file("1,2:up\n")))).rejects.toThrow('lines with "@" up to "@data"');
    await expect(collect(readSktime(file("")))).rejects.toThrow('a .ts file with "@data"');
    await expect(collect(readSktime(file("@timestamps true\n")))).rejects.toThrow("series without time stamps");
  });
});

describe("gzip", () => {
  const packed = gzipSync("grüß\n".repeat(10_000));

  test("is unpacked, and what is not gzip comes as it is", async () => {
    expect(await texts(gunzip(pieces(packed, 100)))).toEqual(Array.from({ length: 10_000 }, () => "grüß"));
    expect(await texts(gunzip(pieces("plain", 1)))).toEqual(["plain"]);
    expect(await texts(gunzip(file("x")))).toEqual(["x"]);
    expect(await texts(gunzip(file("")))).toEqual([]);
  });

  test("cut short or damaged is an error, of the file and not of its text", async () => {
    await expect(texts(gunzip(pieces(packed.subarray(0, 60), 10)))).rejects.toThrow('"file" cannot be decompressed');
    const damaged = Uint8Array.from(packed);
    damaged[20] ^= 0xff;
    await expect(texts(gunzip(file(damaged)))).rejects.toThrow("cannot be decompressed");
  });
});
