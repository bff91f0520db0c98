// The Damerau-Levenshtein distance: insertions, deletions, replacements and swaps of adjacent letters.
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number): number => rows[i]?.[j] as number
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const changed = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1))
      rows[i]?.push(isSwapped ? Math.min(changed, at(i - 2, j - 2) + 1) : changed)
    }
  }
  return at(a.length, b.length)
}

const MAX_LETTERS = 20

/** The known word that is closest to `word`, or undefined if none is close. */
export function closestMatch(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LETTERS) return undefined
  const isClose = (other: string): boolean =>
    distanceOf(word, other) <= Math.max(1, Math.floor(other.length / 3))
  return known.filter(isClose).sort((a, b) => distanceOf(word, a) - distanceOf(word, b))[0]
}
