import { parseArgs } from 'node:util'
import { nameOfSource } from '../openapi/source/source.ts'
import { closestMatch } from './did-you-mean.ts'
import { UsageError } from './io.ts'

const COMMANDS = ['serve', 'users', 'hash', 'probe', 'throttle'] as const
type Command = (typeof COMMANDS)[number]

const OPTIONS = {
  user: { type: 'string' },
  users: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  title: { type: 'string' },
  form: { type: 'boolean' },
  watch: { type: 'boolean' },
  'trust-proxy': { type: 'string' },
  'log-level': { type: 'string' },
  file: { type: 'string' },
  scopes: { type: 'string' },
  redis: { type: 'string' },
  'key-prefix': { type: 'string' },
  address: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

// All others are of `serve`.
const OWNERS: Readonly<Record<string, readonly Command[]>> = {
  file: ['users'],
  users: ['serve', 'throttle'],
  scopes: ['users'],
  redis: ['throttle'],
  'key-prefix': ['throttle'],
  address: ['throttle'],
}
const OF_ALL = ['help', 'version']
const ACTIONS_OF_USERS = ['add', 'remove', 'enable', 'disable', 'passwd', 'list']

const SEE_HELP = 'See npx fastify-docs-gate --help.'

const meant = (suggestion: string | undefined): string =>
  suggestion === undefined ? SEE_HELP : `Did you mean ${suggestion}? ${SEE_HELP}`

function unknownOption(argv: readonly string[]): string | undefined {
  const { tokens } = parseArgs({ args: [...argv], options: OPTIONS, strict: false, tokens: true })
  const options = tokens.filter((token) => token.kind === 'option')
  return options.find(({ name }) => !Object.hasOwn(OPTIONS, name))?.rawName
}

// Of several lines the first says what is wrong, and the last what to write.
function sentenceOf(message: string): string {
  const lines = message.split('\n')
  return [...new Set([lines[0], lines.at(-1)])].join(' ').replace(/\.?$/, '.')
}

function refusalOf(error: unknown, argv: readonly string[]): UsageError {
  const { code, message } = error as NodeJS.ErrnoException
  const name = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? unknownOption(argv) : undefined
  if (name === undefined) return new UsageError(`${sentenceOf(message)} ${SEE_HELP}`)
  const near = closestMatch(name.replace(/^-+/, ''), Object.keys(OPTIONS))
  return new UsageError(`There is no option ${name}. ${meant(near && `--${near}`)}`)
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw refusalOf(error, argv)
  }
}

// What was probably meant where the first word is no command.
function suggestionFor(word: string): string | undefined {
  if (/^https?:|\.(?:json|ya?ml)$/i.test(word)) return `npx fastify-docs-gate serve ${word}`
  if (ACTIONS_OF_USERS.includes(word)) return `npx fastify-docs-gate users ${word}`
  const near = closestMatch(word, COMMANDS)
  return near && `npx fastify-docs-gate ${near}`
}

function commandOf(word: string): Command {
  const command = COMMANDS.find((name) => name === word)
  if (command !== undefined) return command
  // A URL may have a password in it.
  const named = nameOfSource(word)
  throw new UsageError(`There is no command "${named}". ${meant(suggestionFor(named))}`)
}

// An option that has no effect would be a surprise: `serve --file` most of all.
function refuseStray(command: Command, names: readonly string[]): void {
  for (const name of names.filter((one) => !OF_ALL.includes(one))) {
    const owners = OWNERS[name] ?? ['serve']
    if (owners.includes(command)) continue
    const commands = owners.map((owner) => `npx fastify-docs-gate ${owner}`).join(' or ')
    throw new UsageError(`--${name} goes with: ${commands}. ${SEE_HELP}`)
  }
}

/** The arguments, checked as far as they are the same for all commands. */
export function readArguments(argv: readonly string[]) {
  const { values, positionals } = parse(argv)
  const [word, ...words] = positionals
  const isHelp = values.help || word === undefined || word === 'help'
  if (isHelp || values.version) return { values, command: undefined, words }
  const command = commandOf(word)
  refuseStray(command, Object.keys(values))
  return { values, command, words }
}
