/**
 * Tokens that would repeat a run of `order` tokens: each token that followed, somewhere in the sequence, the same
 * `order` − 1 tokens that it ends with now.
 *
 * @param tokens what was written so far, L of them
 * @param order length of the runs that may not come twice, from 1
 * @returns tokens, perhaps some of them twice
 * @see https://arxiv.org/abs/1705.04304
 */
export function repeatingTokens(tokens: ArrayLike<number>, order: number): number[] {
  const found: number[] = [];
  const tail = tokens.length - (order - 1);
  if (tail < 0) return found;
  for (let from = 0; from + order <= tokens.length; from++) {
    let same = true;
    for (let i = 0; same && i < order - 1; i++) same = tokens[from + i] === tokens[tail + i];
    if (same) found.push(tokens[from + order - 1]);
  }
  return found;
}
