// Compiles the sources and the tests to JavaScript: the types become spaces, and `.ts` becomes `.js` in imports. So every
// character stays at its line and column, and neither stack traces nor coverage need a source map.
const { createHash } = require('node:crypto')
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } =
  require('node:fs')
const { dirname, join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { identityMapComment } = require('./identity-map.cjs')

const ROOT = join(__dirname, '..', '..')
const COMPILED = join(ROOT, '.tap', 'compiled')
const FOLDERS = ['lib', 'plugins', 'routes', 'test']
// Another version of this file, or of a package that it uses, compiles everything anew.
const STAMP = join(COMPILED, 'stamp')

const outputOf = (file) => join(COMPILED, file.replace(/\.ts$/, '.js'))
const namesIn = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
const isFile = (entry) => entry.isFile()
const modifiedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtime.getTime()

/** Where the compiled form of a source file, given by its full path, lies. */
const compiledPath = (path) => outputOf(path.slice(ROOT.length + 1))

function sourcesIn(folder) {
  const entries = namesIn(join(ROOT, folder)).filter(isFile)
  const files = entries.map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length + 1))
  // What tests use beside their code stays where it is; lib serves files that lie beside its own.
  return folder === 'test' ? files.filter((file) => file.endsWith('.ts')) : files
}

function stamp() {
  const packages = ['amaro', 'es-module-lexer'].map((name) =>
    join(ROOT, 'node_modules', name, 'package.json'),
  )
  const hash = createHash('sha256')
  for (const file of [__filename, require.resolve('./identity-map.cjs'), ...packages])
    hash.update(readFileSync(file))
  return hash.digest('hex')
}

/** Places where a path of a module stands, from its first character to the one after its last. */
function modulePaths(code) {
  const { parse } = require('es-module-lexer')
  const imports = parse(code)[0].filter(({ specifier }) => specifier)
  const urls = code.matchAll(/\bnew URL\(\s*(?<path>'[^'\n]*'),\s*import\.meta\.url/dg)
  return [
    ...imports.map(({ start, end }) => [start, end]),
    ...[...urls].map(({ indices }) => indices.groups.path),
  ]
}

function importCompiled(code) {
  let text = code
  for (const [start, end] of modulePaths(code)) {
    const path = code.slice(start, end).replace(/(?<=^'?\.{1,2}\/.*)\.ts(?='?$)/, '.js')
    text = text.slice(0, start) + path + text.slice(end)
  }
  return text
}

function withoutTypes(file, source) {
  const { transformSync } = require('amaro')
  try {
    return transformSync(source, { mode: 'strip-only' }).code
  } catch ({ startLine, startColumn, message }) {
    throw new SyntaxError(`${file}:${startLine}:${startColumn}: ${message}`)
  }
}

function compile(file, source) {
  const code = importCompiled(withoutTypes(file, source))
  if (code.length !== source.length) throw new Error(`${file}: its compiled form has another length`)
  const url = String(pathToFileURL(join(ROOT, file)))
  // V8 calls the script by this name, in stack traces and in coverage.
  const named = `${code}\n//# sourceURL=${url}\n`
  // Tap asks for the file by another name when it says where an assertion failed, and reads source maps.
  return file.startsWith('test') ? `${named}${identityMapComment(code, url)}\n` : named
}

function write(file, { atime, mtime }) {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const output = outputOf(file)
  mkdirSync(dirname(output), { recursive: true })
  // Whole or not at all: other processes may read it meanwhile.
  const written = `${output}.${process.pid}`
  writeFileSync(written, file.endsWith('.ts') ? compile(file, source) : source)
  utimesSync(written, atime, mtime)
  renameSync(written, output)
}

/** Compiles what has changed since the last time, and removes what has no source any more. */
function compileChanged() {
  const expected = stamp()
  const isKept = modifiedAt(STAMP) !== undefined && readFileSync(STAMP, 'utf8') === expected
  const outputs = new Set([STAMP])
  for (const file of FOLDERS.flatMap(sourcesIn)) {
    const stats = statSync(join(ROOT, file))
    outputs.add(outputOf(file))
    if (!isKept || modifiedAt(outputOf(file)) !== stats.mtime.getTime()) write(file, stats)
  }
  const left = namesIn(COMPILED)
    .filter(isFile)
    .map(({ parentPath, name }) => join(parentPath, name))
  for (const path of left) if (!outputs.has(path) && !/\.\d+$/.test(path)) rmSync(path, { force: true })
  if (!isKept) writeFileSync(STAMP, expected)
}

module.exports = { compileChanged, compiledPath }
