/** Returns `; did you mean \`x\`?` with the most similar known name, or an empty string. */
export function didYouMean(name: string, known: readonly string[]): string {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    // A suggestion must match at least half of the characters.
    if (distance < least && distance * 2 <= candidate.length) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest === undefined ? "" : `; did you mean \`${nearest}\`?`;
}

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, character] of [...a].entries()) {
    let left = row + 1;
    const current = [left];
    for (const [column, other] of [...b].entries()) {
      const change = (above[column] ?? 0) + (character === other ? 0 : 1);
      left = Math.min((above[column + 1] ?? 0) + 1, left + 1, change);
      current.push(left);
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
