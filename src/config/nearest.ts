/** The candidate that a person most likely meant, or undefined where none is near. Case, `_`, `-` and `.` count for nothing. */
export function nearest(
  typed: string,
  candidates: readonly string[],
): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_.]/g, "");
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(typed), plain(candidate));
    if (distance < bestDistance && distance < plain(candidate).length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(
        cell(i - 1, j) + 1,
        cell(i, j - 1) + 1,
        cell(i - 1, j - 1) + same,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, cell(i - 2, j - 2) + 1);
      rows[i]?.push(cost);
    }
  }
  return cell(a.length, b.length);
}
