import { figureText, shortened } from "./figure-text.js";
import { type Content, Markup, markup } from "./markup.js";
import type { AttentionMap } from "./report-description.js";

const CELL = 26;
/** Most tokens of either side that a picture shows; further ones are left out, and it says so. */
const MOST = 120;
/** Longest label, in characters; the whole one stands in the cell's title. */
const LABEL = 22;

/** Colours of a figure that stands alone; on the page the page's own stand. */
const STYLE = `:root{--ink:#1c2330;--quiet:#5c6675;--line:#d5dae2;--accent:#2563c9}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaf0;--quiet:#9aa5b5;--line:#39424f;--accent:#7fb0ff}}
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}`;

/**
 * A picture of where a model looked, as an SVG file that needs nothing else: rows are what was written, columns what was
 * read, and the darker a cell, the larger its weight. It follows the reader's light or dark setting.
 *
 * @param map [T, S] weights with their tokens; a weight outside 0 … 1 is drawn as the nearer end, one that is NaN as 0
 * @example
 * const svg = attentionFigure({ source: ["der", "Hund"], target: ["the", "dog"], weights: [[0.9, 0.1], [0.2, 0.8]] });
 */
export function attentionFigure(map: AttentionMap): string {
  return attentionDrawing(
    map,
    new Markup(` xmlns="http://www.w3.org/2000/svg"`),
    markup`<style>${new Markup(STYLE)}</style>`,
  ).text;
}

/** The same, as part of a page. */
export function attentionDrawing(map: AttentionMap, attributes: Content = null, style: Content = null): Markup {
  const { weights, title } = map;
  const [source, target] = [map.source.slice(0, MOST), map.target.slice(0, MOST)];
  const [read, written] = [map.source.length - source.length, map.target.length - target.length];
  const left = Math.max(40, widest(target) + 16);
  // Labels above stand at an angle, so they need room to the right of the last column too.
  const above = Math.max(24, widest(source) * 0.71 + 22);
  const right = Math.max(12, widest(source.slice(-1)) * 0.71);
  const [width, height] = [
    left + source.length * CELL + right,
    above + target.length * CELL + (read + written > 0 ? 34 : 12),
  ].map(Math.ceil);
  const cells = weights.slice(0, target.length).map((row, t) =>
    source.map((token, s) => {
      const weight = Math.min(1, Math.max(0, row[s] || 0));
      const [x, y] = [left + s * CELL, above + t * CELL];
      return markup`<rect x="${x}" y="${y}" width="${CELL - 1}" height="${CELL - 1}" fill="var(--accent)" fill-opacity="${Math.round(weight * 1000) / 1000}"><title>${target[t]} ← ${token}: ${figureText(weight, 3)}</title></rect>\n`;
    }),
  );
  const columns = source.map((token, s) => {
    const [x, y] = [left + s * CELL + CELL / 2, above - 8];
    return markup`<text transform="translate(${x} ${y}) rotate(-45)">${shortened(token, LABEL)}</text>\n`;
  });
  const rows = target.map((token, t) => {
    return markup`<text x="${left - 8}" y="${above + t * CELL + 17}" text-anchor="end">${shortened(token, LABEL)}</text>\n`;
  });
  const frame = markup`<rect x="${left - 0.5}" y="${above - 0.5}" width="${source.length * CELL}" height="${target.length * CELL}" fill="none" stroke="var(--line)"/>`;
  const label = `${title ?? "attention"}: ${map.target.length} tokens written, ${map.source.length} read`;
  const rest = markup`<text x="${left}" y="${height - 6}">${read} more read, ${written} more written</text>\n`;
  return markup`<svg${attributes} class="attention" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">${style}
${columns}${rows}${cells}${read + written > 0 && rest}${frame}
</svg>`;
}

/** Width of the widest label in pixels, about: the letters of Chinese, Japanese and Korean and emoji are twice as wide. */
function widest(tokens: readonly string[]): number {
  return tokens.reduce((most, token) => {
    const label = Array.from(shortened(token, LABEL));
    const width = label.reduce((sum, character) => sum + (character.codePointAt(0)! >= 0x2e80 ? 15 : 8.3), 0);
    return Math.max(most, width);
  }, 0);
}
