// What tap runs the sources by: TypeScript's own transpilation, done once for each version of a file instead of once
// in each of fifty processes.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const ts = require('@typescript/typescript6')

const FOLDER = join(__dirname, '../node_modules/.cache/fastify-docs-gate')

exports.create = ({ service, nodeModuleEmitKind }) => {
  const compilerOptions = {
    ...service.config.options,
    module: nodeModuleEmitKind === 'nodecjs' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext,
  }
  const setting = JSON.stringify([ts.version, compilerOptions])
  mkdirSync(FOLDER, { recursive: true })

  function transpile(text, { fileName }) {
    const digest = createHash('sha256').update(`${setting}\n${fileName}\n${text}`).digest('hex')
    const kept = join(FOLDER, `${digest}.json`)
    try {
      return JSON.parse(readFileSync(kept, 'utf8'))
    } catch {
      const { outputText, sourceMapText } = ts.transpileModule(text, { fileName, compilerOptions })
      // Whole or not at all: others read it meanwhile.
      const written = `${kept}.${process.pid}`
      writeFileSync(written, JSON.stringify({ outputText, sourceMapText }))
      renameSync(written, kept)
      return { outputText, sourceMapText }
    }
  }
  return { transpile }
}
