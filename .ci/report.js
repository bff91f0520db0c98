// Reads a TAP file: prints every failure with what tap says about it, then the count of the whole run.
import { readFileSync } from 'node:fs'

const lines = readFileSync(process.argv[2], 'utf8').split('\n')
const indentOf = (line) => line.length - line.trimStart().length

for (const [at, line] of lines.entries()) {
  if (!/^\s*not ok /.test(line) || / # (?:SKIP|TODO)/i.test(line)) continue
  const isBlock = lines[at + 1]?.trim() === '---'
  const end = isBlock ? lines.findIndex((other, index) => index > at && other.trim() === '...' && indentOf(other) <= indentOf(line) + 2) : at
  console.log(lines.slice(at, end + 1).join('\n'))
}

const summary = lines.filter((line) => /^# \{ total: \d+/.test(line)).at(-1) ?? ''
const count = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
console.log(summary)
console.log(`${count('pass')} passed, ${count('fail')} failed`)
