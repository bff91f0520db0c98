// Writes the results as Markdown and JSON. A run of some rows replaces only their results.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { generator } from './load.js'

const FOLDER = new URL('../results/', import.meta.url)
const JSON_FILE = new URL('latest.json', FOLDER)
const MARKDOWN_FILE = new URL('latest.md', FOLDER)

/** The environment that the figures of a run depend on. */
export const machine = () => ({
  node: process.version,
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  generator,
  loadBefore: loadavg()[0],
})

const SIGNIFICANT = 3

function number(value) {
  if (!Number.isFinite(value)) return '?'
  const digits = Math.max(0, SIGNIFICANT - 1 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 3) })
}

function barText({ atLeast, atMost } = {}) {
  if (atLeast !== undefined) return `>= ${number(atLeast)}`
  return atMost === undefined ? '' : `<= ${number(atMost)}`
}

function metText({ met }) {
  if (met === undefined) return ''
  return met ? 'yes' : '**no**'
}

function cells(line) {
  if (line.skipped !== undefined) return [line.what, '', '', '', '', '', '', `skipped: ${line.skipped}`]
  const { what, peer, measure, ratio, value, spread, bar, note = '' } = line
  const range = spread ? `${number(spread[0])} to ${number(spread[1])}` : ''
  return [what, peer, measure, number(ratio ?? value), range, barText(bar), metText(line), note]
}

const markdownRow = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

function table(lines) {
  const head = ['ours', 'against', 'measure', 'ours to theirs', 'spread', 'bar', 'met', 'note']
  return [head, head.map(() => '---'), ...lines.map(cells)].map(markdownRow).join('\n')
}

/** The Markdown section of one row. */
export const section = (name, { title, lines }) => `## ${name}\n\n${title}\n\n${table(lines)}\n`

function readResults() {
  try {
    return JSON.parse(readFileSync(JSON_FILE, 'utf8'))
  } catch {
    return { rows: {} }
  }
}

/**
 * Writes results/latest.json and results/latest.md.
 *
 * @param {Record<string, { title: string, machine: object, seconds: number, lines: object[] }>} measured
 * @param {string[]} order the names of all rows
 */
export function writeResults(measured, order) {
  const known = { ...readResults().rows, ...measured }
  const rows = Object.fromEntries(order.filter((name) => known[name]).map((name) => [name, known[name]]))
  const sections = Object.entries(rows).map(([name, row]) => section(name, row))
  const text = `# Results\n\nBy \`npm run bench\`; what they mean: [README](../README.md). Medians of the rounds, with the lowest and the highest.\n\n${sections.join('\n')}`
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(JSON_FILE, `${JSON.stringify({ rows }, null, 2)}\n`)
  writeFileSync(MARKDOWN_FILE, text)
}
