// Statistics of samples. A ratio is computed within each round; the result is the median of the rounds with its spread.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The value that a share of all values (0.99 for p99) does not exceed. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}

function isMet(value, { atLeast, atMost }) {
  if (!Number.isFinite(value)) return false
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
}

/**
 * @typedef {{ atLeast?: number, atMost?: number }} Bar
 *
 * @typedef {object} Line one line of a row's table
 * @property {string} what what is measured of the gate
 * @property {string} peer the peer it is compared with
 * @property {string} measure the unit of comparison: `requests per CPU second`, `bytes`
 * @property {number} [ours] the median, absolute
 * @property {number} [theirs] the median, absolute
 * @property {number} [ratio] the median of the rounds' ratios, ours to theirs
 * @property {number} [value] without a peer: the median, in the unit that `measure` names
 * @property {[number, number]} [spread] the lowest and the highest round
 * @property {Bar} [bar]
 * @property {boolean} [met] absent without a bar, and in a smoke run
 * @property {string} [note]
 * @property {string} [skipped] why nothing was measured
 */

/**
 * A line that compares. `ours` and `theirs` have one number for each round.
 *
 * @returns {Line}
 */
export function ratioLine({ what, peer, measure, ours, theirs, bar, note }) {
  const ratios = ours.map((value, round) => value / theirs[round])
  const ratio = median(ratios)
  return {
    what,
    peer,
    measure,
    ours: median(ours),
    theirs: median(theirs),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(bar && { bar, met: isMet(ratio, bar) }),
    ...(note && { note }),
  }
}

/**
 * A line without a peer. `values` has one number for each round.
 *
 * @returns {Line}
 */
export function valueLine({ what, measure, values, bar, note }) {
  const value = median(values)
  return {
    what,
    peer: '-',
    measure,
    value,
    spread: [Math.min(...values), Math.max(...values)],
    ...(bar && { bar, met: isMet(value, bar) }),
    ...(note && { note }),
  }
}

/**
 * A line that says what could not be measured, and why.
 *
 * @returns {Line}
 */
export const skippedLine = (what, reason) => ({ what, peer: '-', measure: '-', skipped: reason })
