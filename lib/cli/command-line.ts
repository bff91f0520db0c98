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

// The commands that take an option. Options that are not listed belong to `serve`.
const COMMANDS_BY_OPTION: Readonly<Record<string, readonly Command[]>> = {
  file: ['users'],
  users: ['serve', 'throttle'],
  scopes: ['users'],
  redis: ['throttle'],
  'key-prefix': ['throttle'],
  address: ['throttle'],
}
const COMMON_OPTIONS = ['help', 'version']
const USERS_ACTIONS = ['add', 'remove', 'enable', 'disable', 'passwd', 'list']

const SEE_HELP = 'See npx fastify-docs-gate --help.'

const hintFor = (suggestion: string | undefined): string =>
  suggestion === undefined ? SEE_HELP : `Did you mean ${suggestion}? ${SEE_HELP}`

function unknownOption(argv: readonly string[]): string | undefined {
  const { tokens } = parseArgs({ args: [...argv], options: OPTIONS, strict: false, tokens: true })
  const options = tokens.filter((token) => token.kind === 'option')
  return options.find(({ name }) => !Object.hasOwn(OPTIONS, name))?.rawName
}

// In a message of several lines, the first says what is wrong and the last what to write.
function sentenceOf(message: string): string {
  const lines = message.split('\n')
  return [...new Set([lines[0], lines.at(-1)])].join(' ').replace(/\.?$/, '.')
}

function usageErrorOf(error: unknown, argv: readonly string[]): UsageError {
  const { code, message } = error as NodeJS.ErrnoException
  const name = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? unknownOption(argv) : undefined
  if (name === undefined) return new UsageError(`${sentenceOf(message)} ${SEE_HELP}`)
  const match = closestMatch(name.replace(/^-+/, ''), Object.keys(OPTIONS))
  return new UsageError(`There is no option ${name}. ${hintFor(match && `--${match}`)}`)
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw usageErrorOf(error, argv)
  }
}

// The command line that was probably meant when the first word is not a command.
function suggestionFor(word: string): string | undefined {
  if (/^https?:|\.(?:json|ya?ml)$/i.test(word)) return `npx fastify-docs-gate serve ${word}`
  if (USERS_ACTIONS.includes(word)) return `npx fastify-docs-gate users ${word}`
  const match = closestMatch(word, COMMANDS)
  return match && `npx fastify-docs-gate ${match}`
}

function commandOf(word: string): Command {
  const command = COMMANDS.find((name) => name === word)
  if (command !== undefined) return command
  // A URL may contain a password, which must not be printed.
  const named = nameOfSource(word)
  throw new UsageError(`There is no command "${named}". ${hintFor(suggestionFor(named))}`)
}

// An option without effect is an error: `serve --file users.json`, for example, looks as if it restricted the users.
function refuseStray(command: Command, names: readonly string[]): void {
  for (const name of names.filter((one) => !COMMON_OPTIONS.includes(one))) {
    const takers = COMMANDS_BY_OPTION[name] ?? ['serve']
    if (takers.includes(command)) continue
    const commands = takers.map((taker) => `npx fastify-docs-gate ${taker}`).join(' or ')
    throw new UsageError(`--${name} goes with: ${commands}. ${SEE_HELP}`)
  }
}

/** Parses the arguments and makes the checks that all commands share. */
export function readArguments(argv: readonly string[]) {
  const { values, positionals } = parse(argv)
  const [word, ...words] = positionals
  const isHelp = values.help || word === undefined || word === 'help'
  if (isHelp || values.version) return { values, command: undefined, words }
  const command = commandOf(word)
  refuseStray(command, Object.keys(values))
  return { values, command, words }
}
