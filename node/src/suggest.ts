/** `; did you mean \`x\`?` if one of the known names is close to the given one, else the empty string. */
export function didYouMean(name: string, known: readonly string[]): string {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best === undefined ? "" : `; did you mean \`${best}\`?`;
}

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    let left = row + 1;
    const current = [left];
    for (const [column, other] of [...b].entries()) {
      const change = (above[column] ?? 0) + (letter === other ? 0 : 1);
      left = Math.min((above[column + 1] ?? 0) + 1, left + 1, change);
      current.push(left);
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
