import { figureText, shareText, shortened } from "./figure-text.js";
import { type Content, markup } from "./markup.js";

/** Classes up to which the whole matrix is shown. */
const WHOLE = 32;
/** Confusions that are listed. */
const LISTED = 12;

/**
 * A confusion matrix as a shaded table, truth down and prediction across, and the confusions that occur most. With very many
 * classes only those.
 *
 * @param matrix `matrix[target][prediction]`
 */
export function confusionTable(classes: readonly string[], matrix: readonly (readonly number[])[]): Content {
  const totals = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  return [classes.length <= WHOLE && whole(classes, matrix, totals), listed(classes, matrix, totals)];
}

function whole(classes: readonly string[], matrix: readonly (readonly number[])[], totals: readonly number[]): Content {
  const head = classes.map((name) => markup`<th scope="col" title="${name}"><span>${shortened(name, 14)}</span></th>`);
  const rows = matrix.map((row, target) => {
    const cells = row.map((count, prediction) => {
      const share = totals[target] === 0 ? 0 : count / totals[target];
      const kind = prediction === target ? "right" : "wrong";
      const title = `${classes[target]} taken for ${classes[prediction]}: ${count} of ${totals[target]}, ${shareText(share, 1)}`;
      return markup`<td class="${kind}" style="--share:${Math.round(share * 1000) / 10}%" title="${title}">${count === 0 ? "·" : figureText(count)}</td>`;
    });
    return markup`<tr><th scope="row" title="${classes[target]}">${shortened(classes[target], 20)}</th>${cells}</tr>\n`;
  });
  return markup`<div class="wide"><table class="confusion"><caption>Rows: what it is. Columns: what it was taken for. Shade: share of the row.</caption>
<thead><tr><td></td>${head}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function listed(
  classes: readonly string[],
  matrix: readonly (readonly number[])[],
  totals: readonly number[],
): Content {
  const wrong = matrix.flatMap((row, target) =>
    row.flatMap((count, prediction) => (count > 0 && prediction !== target ? [{ count, target, prediction }] : [])),
  );
  if (wrong.length === 0) return markup`<p>Nothing was taken for something else.</p>`;
  wrong.sort((a, b) => b.count - a.count || a.target - b.target || a.prediction - b.prediction);
  const rows = wrong.slice(0, LISTED).map(({ count, target, prediction }) => {
    return markup`<tr><td>${classes[target]}</td><td>${classes[prediction]}</td><td class="number">${figureText(count)}</td><td class="number">${shareText(count / totals[target], 1)}</td></tr>\n`;
  });
  return markup`<div class="wide"><table><caption>Taken for something else most often</caption>
<thead><tr><th scope="col">is</th><th scope="col">taken for</th><th scope="col" class="number">times</th><th scope="col" class="number">of its kind</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
