import { parseArgs } from 'node:util'

/**
 * @typedef {object} Options
 * @property {string[]} names the rows to run; empty: all
 * @property {number} seconds how long one load of one contender lasts
 * @property {number} rounds how often each contender is loaded
 * @property {number} connections how many connections a load keeps busy
 * @property {boolean} smoke whether to check responses only and measure nothing
 */

const USAGE = 'npm run bench -- [ROW ...] [--seconds N] [--rounds N] [--connections N] [--smoke]'

function positive(name, text) {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new TypeError(`--${name} takes a whole number above 0, not ${text}: ${USAGE}`)
}

/** @returns {Options} */
export function readOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '7' },
      connections: { type: 'string', default: '32' },
      smoke: { type: 'boolean', default: false },
    },
  })
  const { smoke } = values
  return {
    names: positionals,
    seconds: positive('seconds', values.seconds),
    rounds: smoke ? 1 : positive('rounds', values.rounds),
    connections: positive('connections', values.connections),
    smoke,
  }
}
