import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibration } from "../../metrics/index.js";
import { linearAxis, logarithmicAxis } from "./axis.js";
import { figureText, shareText, shortened } from "./figure-text.js";
import { attentionFigure, renderReport, type ReportDescription } from "./index.js";
import { escaped } from "./markup.js";
import { thinPoints } from "./thin-points.js";

const VOID = ["meta"];

/**
 * What is wrong with a page as a browser or an XML parser would see it: tags that do not pair, attributes without quotes or
 * twice, characters that must be escaped. Returns nothing for a good one.
 */
function complaints(page: string): string[] {
  const found: string[] = [];
  const open: string[] = [];
  const token = /<!doctype html>|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g;
  const short = page.replace(/<style>[^<]*<\/style>/g, "<style></style>");
  for (const [, closing, name, attributes, self, text, stray] of short.matchAll(token)) {
    if (stray !== undefined) found.push("a < that opens nothing");
    for (const part of [text, attributes]) {
      if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(part ?? "")) found.push(`a bare & in ${part}`);
    }
    if (name === undefined) continue;
    const names = Array.from(attributes.matchAll(/([a-zA-Z:-]+)="[^"]*"/g), ([, attribute]) => attribute);
    if (new Set(names).size < names.length) found.push(`an attribute twice in ${name}`);
    if (closing === "/") {
      if (open.pop() !== name) found.push(`</${name}> closes something else`);
    } else if (self !== "/" && !VOID.includes(name)) open.push(name);
  }
  return [...found, ...open.map((name) => `<${name}> is not closed`)];
}

const points = (count: number): [number, number][] => Array.from({ length: count }, (_, i) => [i + 1, 4 / (i + 1) + 1]);

const whole: ReportDescription = {
  title: "tag: BiLSTM-CRF",
  summary: "A model that labels words.",
  metrics: [
    { name: "F1", value: 0.91234, kind: "share", interval: { low: 0.9, high: 0.92, level: 0.95 }, note: "test" },
    { name: "steps", value: 12000 },
  ],
  curves: [
    {
      title: "Loss",
      y: "nats",
      series: [
        { name: "train", points: points(5000) },
        { name: "valid", points: points(5) },
      ],
      mark: { x: 300, text: "best" },
    },
    { title: "Rate", logarithmic: true, series: [{ name: "rate", points: points(40) }] },
  ],
  sections: [
    {
      kind: "samples",
      title: "Samples",
      samples: [{ input: "Jane", text: "B-PER", reference: "B-PER", note: "1" }, { text: "so" }],
    },
    {
      kind: "table",
      title: "Types",
      note: "Of the test.",
      columns: ["type", "F1"],
      rows: [
        ["PER", 0.91],
        ["LOC", 1],
      ],
    },
    {
      kind: "confusion",
      title: "Confusions",
      classes: ["a", "b"],
      matrix: [
        [5, 1],
        [0, 3],
      ],
    },
    {
      kind: "attention",
      title: "Looks",
      maps: [{ title: "one", source: ["x", "y"], target: ["z"], weights: [[0.25, 0.75]] }],
    },
    { kind: "reliability", title: "Sure", bins: calibration([0.9, 0.4, 0.6], [1, 0, 1], { bins: 5 }).bins },
  ],
  configuration: { cell: "lstm", hidden: 200, nested: { a: [1, 2] } },
  environment: { node: "v22", threads: 2 },
};

describe("the page", () => {
  const page = renderReport(whole);

  test("is well formed and shows everything", () => {
    expect(complaints(page)).toEqual([]);
    for (const text of [
      "tag: BiLSTM-CRF",
      "91.23",
      "90.00",
      "92.00",
      "(95\u202f%)",
      "12\u202f000",
      "nats",
      "best",
      "Of the test.",
    ]) {
      expect(page).toContain(text);
    }
    for (const title of ["Samples", "Types", "Confusions", "Looks", "Sure", "Configuration", "Environment"]) {
      expect(page).toContain(`<h2>${title}</h2>`);
    }
    expect(page).toContain("{&quot;a&quot;:[1,2]}");
  });

  test("asks nothing of the network, and says so", () => {
    expect(page).not.toMatch(/(?:src|href|action)=|url\(|@import|<script|<link|<iframe|https?:/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("is the same for the same description, and next to nothing for nothing", () => {
    expect(renderReport(whole)).toBe(page);
    const empty = renderReport({ title: "nothing yet" });
    expect(complaints(empty)).toEqual([]);
    expect(empty.match(/<h2>/g)).toBeNull();
    expect(
      complaints(renderReport({ title: "x", curves: [{ title: "Loss", series: [{ name: "a", points: [] }] }] })),
    ).toEqual([]);
  });

  test("stays small however long the training was", () => {
    const long = (count: number): number =>
      renderReport({ title: "x", curves: [{ title: "Loss", series: [{ name: "train", points: points(count) }] }] })
        .length;
    const length = long(100_000);
    expect(length).toBeLessThan(40_000);
    expect(length).toBeLessThan(1.3 * long(3000));
  });
});

describe("whatever a description says is text", () => {
  const hostile = `"'><script>alert(1)</script><img src=x onerror=y>&amp;\u0000\ud800`;

  test("in every place", () => {
    const shown = (value: unknown): unknown => {
      if (typeof value === "string") return hostile;
      if (Array.isArray(value)) return value.map(shown);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => {
          if (key === "kind") return [key, inner];
          return [Object.hasOwn(whole.configuration!, key) ? hostile : key, shown(inner)];
        }),
      );
    };
    const page = renderReport(shown(whole) as ReportDescription);
    expect(complaints(page)).toEqual([]);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img");
    expect(page).not.toMatch(/[\u0000\ud800]/);
  });

  test("any text at all", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, (title, token) => {
        expect(
          complaints(renderReport({ title, sections: [{ kind: "samples", title, samples: [{ text: token }] }] })),
        ).toEqual([]);
        expect(complaints(attentionFigure({ title, source: [token], target: [title], weights: [[1]] }))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("the checker of this file finds what is wrong", () => {
    expect(complaints("<p>a & b</p>")).toHaveLength(1);
    expect(complaints("<p><b>a</p></b>").length).toBeGreaterThan(0);
    expect(complaints("<p>a < b</p>").length).toBeGreaterThan(0);
    expect(complaints(`<p a="1" a="2"></p>`)).toHaveLength(1);
    expect(complaints("<p>")).toHaveLength(1);
    expect(complaints("<p a=1></p>").length).toBeGreaterThan(0);
    expect(escaped("a\tb\nc\u0007")).toBe("a\tb\nc\ufffd");
  });
});

describe("curves", () => {
  const chart = (ys: number[], more: object = {}): string =>
    renderReport({
      title: "x",
      curves: [{ title: "c", series: [{ name: "s", points: ys.map((y, i) => [i, y]) }], ...more }],
    });

  test("a value that is not finite makes a gap and is told", () => {
    const page = chart([3, 2, NaN, 1, Infinity, 1]);
    expect(page).toContain("2 not finite");
    expect(page).not.toMatch(/="[^"]*(?:NaN|Infinity)/);
    expect(page.match(/class="line s0"/g)).toHaveLength(1);
    expect(page.match(/class="dot s0"/g)).toHaveLength(2);
    expect(chart([NaN, NaN])).not.toContain("<svg");
  });

  test.each([[[5]], [[0, 0, 0]], [[-3, -3]], [[1e-9, 2e-9]], [[1e12, 3e12]], [[-1e300, 1e300]]])(
    "%j can be drawn",
    (ys) => {
      const page = chart(ys);
      expect(complaints(page)).toEqual([]);
      expect(page).not.toMatch(/="[^"]*(?:NaN|Infinity)/);
    },
  );

  test("no power of ten of what is not positive", () => {
    expect(chart([0, 10], { logarithmic: true })).toBe(chart([0, 10]));
    expect(chart([0.1, 1000], { logarithmic: true })).not.toBe(chart([0.1, 1000]));
  });

  test("a stretch keeps the mean and the ends of its values", () => {
    const values = points(10_000).map(([x]): [number, number] => [x, x % 7]);
    const [run] = thinPoints(values, 100);
    expect(run).toHaveLength(100);
    expect(run[0]).toEqual({ x: 50.5, mean: expect.closeTo(3, 0), low: 0, high: 6 });
    const mean = run.reduce((sum, stretch) => sum + stretch.mean, 0) / 100;
    expect(mean).toBeCloseTo(values.reduce((sum, [, y]) => sum + y, 0) / 10_000, 10);
    expect(thinPoints(points(3), 100)[0].map(({ x }) => x)).toEqual([1, 2, 3]);
  });

  test("axes end at round numbers and name them", () => {
    const texts = (axis: { ticks: readonly { text: string }[] }): string[] => axis.ticks.map(({ text }) => text);
    expect(texts(linearAxis(0.13, 4.4, 5))).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(texts(linearAxis(0, 0.0021, 5))).toEqual(["0.0000", "0.0005", "0.0010", "0.0015", "0.0020", "0.0025"]);
    expect(texts(linearAxis(0, 20_000, 4, true))).toEqual(["0", "5000", "10\u202f000", "15\u202f000", "20\u202f000"]);
    expect(texts(logarithmicAxis(0.02, 300))).toEqual(["0.01", "0.1", "1", "10", "100", "1000"]);
    expect(texts(logarithmicAxis(1e-7, 3e-5))).toEqual(["10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴"]);
    for (const axis of [linearAxis(-3, 8, 5), logarithmicAxis(2, 90)]) {
      expect(axis.place(axis.low)).toBeCloseTo(0, 12);
      expect(axis.place(axis.high)).toBeCloseTo(1, 12);
    }
  });
});

describe("pictures of attention", () => {
  test("stand alone: one cell for each pair, darker for more", () => {
    const svg = attentionFigure({
      source: ["ein", "Hund"],
      target: ["a", "dog", "."],
      weights: [
        [0.9, 0.1],
        [0, 1],
        [NaN, 2],
      ],
    });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(complaints(svg)).toEqual([]);
    const shades = Array.from(svg.matchAll(/fill-opacity="([^"]+)"/g), ([, shade]) => Number(shade));
    expect(shades).toEqual([0.9, 0.1, 0, 1, 0, 1]);
    expect(svg).toContain("<title>dog ← Hund: 1.000</title>");
  });

  test("long tokens are cut in the label and whole in the cell", () => {
    const long = "Donaudampfschifffahrtsgesellschaft";
    const svg = attentionFigure({ source: [long], target: ["x"], weights: [[1]] });
    expect(svg).toContain(`${long.slice(0, 21)}…</text>`);
    expect(svg).toContain(`← ${long}`);
  });
});

test("with many classes the matrix gives way to the list of confusions", () => {
  const classes = Array.from({ length: 200 }, (_, i) => `class ${i}`);
  const matrix = classes.map((_, i) => classes.map((__, j) => (i === j ? 50 : i === j + 1 ? i % 9 : 0)));
  const page = renderReport({ title: "x", sections: [{ kind: "confusion", title: "c", classes, matrix }] });
  expect(page).not.toContain(`class="confusion"`);
  expect(page).toContain("<td>class 8</td><td>class 7</td>");
  expect(page.length).toBeLessThan(20_000);
  const perfect = renderReport({
    title: "x",
    sections: [
      {
        kind: "confusion",
        title: "c",
        classes: ["a", "b"],
        matrix: [
          [2, 0],
          [0, 0],
        ],
      },
    ],
  });
  expect(perfect).toContain("Nothing was taken for something else.");
});

test("what is too long to read is cut, and says so", () => {
  const rows = Array.from({ length: 2000 }, (_, i) => [`row ${i}`, i]);
  const samples = [{ text: "ab".repeat(500_000) }, { text: "🙂".repeat(4001) }];
  const page = renderReport({
    title: "x",
    sections: [
      { kind: "table", title: "t", columns: ["a", "b"], rows },
      { kind: "samples", title: "s", samples },
    ],
  });
  expect(page).toContain("and 1500 more");
  expect(page).toContain(`${"🙂".repeat(3999)}…</dd>`);
  expect(page.length).toBeLessThan(80_000);
  const many = Array.from({ length: 300 }, (_, i) => `w${i}`);
  const svg = attentionFigure({ source: many, target: many, weights: many.map(() => many.map(() => 0.5)) });
  expect(svg).toContain("180 more read, 180 more written");
  expect(complaints(svg)).toEqual([]);
  expect(svg.match(/fill-opacity/g)).toHaveLength(120 * 120);
  expect(shortened("abc", 3) + shortened("abcd", 3)).toBe("abcab…");
});

test("numbers as people read them", () => {
  const texts = [0, 12, 1.48213, 117.64, 12345.678, -0.5, 1e-6, 1234567, -3e12, NaN, -Infinity].map((value) =>
    figureText(value),
  );
  expect(texts).toEqual([
    "0",
    "12",
    "1.4821",
    "117.64",
    "12\u202f345.7",
    "−0.5000",
    "1.00·10⁻⁶",
    "1\u202f234\u202f567",
    "−3.00·10¹²",
    "not a number",
    "−∞",
  ]);
  expect(figureText(-0.0001, 2)).toBe("0.00");
  expect(shareText(0.91234)).toBe("91.23\u202f%");
  expect(shortened("🙂🙂🙂", 2)).toBe("🙂…");
});
