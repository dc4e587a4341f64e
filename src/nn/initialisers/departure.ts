/** How far a matrix is from orthogonal: for the tests of initialisers. */

/** max |AᵀA − I| over the columns of A [rows, cols], or |AAᵀ − I| where rows are fewer. */
export function departure(a: number[], rows: number, cols: number): number {
  const at = (r: number, c: number): number => (rows >= cols ? a[r * cols + c] : a[c * cols + r]);
  const [m, n] = [Math.max(rows, cols), Math.min(rows, cols)];
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let r = 0; r < m; r++) dot += at(r, i) * at(r, j);
      worst = Math.max(worst, Math.abs(dot - (i === j ? 1 : 0)));
    }
  }
  return worst;
}
