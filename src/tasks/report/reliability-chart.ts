import { shareText } from "./figure-text.js";
import { type Content, markup } from "./markup.js";

/** How often predictions of a confidence were right. */
interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

const SIZE = 300;
const EDGE = { left: 52, top: 12, right: 24, bottom: 44 };

/** Bars of how often a model was right against how sure it was; on the diagonal both are the same. */
export function reliabilityChart(bins: readonly Bin[]): Content {
  const known = bins.filter(({ count }) => count > 0);
  const x = (share: number): number => Math.round((EDGE.left + share * SIZE) * 10) / 10;
  const y = (share: number): number => Math.round((EDGE.top + (1 - share) * SIZE) * 10) / 10;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    return markup`<path class="grid" d="M${x(0)} ${y(share)}H${x(1)}M${x(share)} ${y(0)}V${y(1)}"/><text class="tick end" x="${x(0) - 8}" y="${y(share) + 4}">${shareText(share, 0)}</text><text class="tick middle" x="${x(share)}" y="${y(0) + 18}">${shareText(share, 0)}</text>\n`;
  });
  const bars = known.map(({ from, to, count, confidence, accuracy }) => {
    const title = `sure ${shareText(confidence, 1)}, right ${shareText(accuracy, 1)}, ${count} predictions`;
    return markup`<rect class="bar s0" x="${x(from)}" y="${y(accuracy)}" width="${Math.max(1, x(to) - x(from) - 1)}" height="${Math.max(0, y(0) - y(accuracy))}"><title>${title}</title></rect>\n`;
  });
  const label = `reliability: ${known.map((bin) => `${shareText(bin.confidence, 0)} sure, ${shareText(bin.accuracy, 0)} right`).join("; ")}`;
  const [width, height] = [EDGE.left + SIZE + EDGE.right, EDGE.top + SIZE + EDGE.bottom];
  return markup`<figure class="chart square"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
${ticks}${bars}<path class="mark" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>
<text class="label middle" x="${x(0.5)}" y="${height - 6}">how sure</text><text class="label middle" transform="translate(12 ${y(0.5)}) rotate(-90)">how often right</text>
</svg></figure>`;
}
