import { loadDocument } from '../../docs/document/load-document.ts'
import { type OpenApiDocument, titleOf } from '../../openapi/document.ts'
import { operationCount } from '../../openapi/operations.ts'
import { nameOfSource } from '../../openapi/source/source.ts'
import { type Service, UsageError } from '../io.ts'
import { printError, type Terminal } from '../terminal/terminal.ts'
import { listenRefusal } from './listen.ts'
import { logLevelOf, showLog } from './log.ts'
import { type ReaderArguments, readersOf } from './readers.ts'
import { report } from './report.ts'
import { trustedProxies } from './trust-proxy.ts'
import { watchDocument } from './watch.ts'

/** The arguments of `fastify-docs-gate serve`, as they were typed. */
export interface ServeArguments extends ReaderArguments {
  readonly files: readonly string[]
  readonly port: string | undefined
  readonly host: string | undefined
  readonly title: string | undefined
  readonly trustProxy: string | undefined
  readonly logLevel: string | undefined
  readonly form: boolean
  /** Whether the document is read again when it changes. */
  readonly watch: boolean
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/
const IN_THE_CLEAR =
  'Passwords travel in the clear over http: put a proxy with https in front, or use --host 127.0.0.1.'

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new UsageError(`--port ${text} is not a port: write a number from 0 to 65535 (0 picks a free one).`)
  }
  return Number(text)
}

function hostOf(text: string): string {
  if (text === '') throw new UsageError('--host: write an address of this machine, like 127.0.0.1')
  return text
}

function givenTitle(text: string | undefined): string | undefined {
  if (text?.trim() === '') throw new UsageError('--title: write a title.')
  return text
}

function fileOf(files: readonly string[]): string {
  const [file, ...more] = files
  if (file === undefined || file === '')
    throw new UsageError('Which document? Write: npx fastify-docs-gate serve openapi.json')
  if (more.length > 0)
    throw new UsageError(`One document at a time: ${more.map(nameOfSource).join(', ')} is too much.`)
  return file
}

interface Loaded {
  readonly document: OpenApiDocument
  readonly served: Service['document']
  follow(terminal: Terminal): () => void
}

async function load(file: string, isWatched: boolean): Promise<Loaded> {
  if (!isWatched) {
    const document = await loadDocument(file, 'serve')
    return { document, served: document, follow: () => () => {} }
  }
  const { live, follow } = await watchDocument(file)
  return { document: live.current, served: live, follow }
}

async function start(terminal: Terminal, service: Service): Promise<string> {
  try {
    return await terminal.start(service)
  } catch (error) {
    throw listenRefusal(error, service.host)
  }
}

/** `fastify-docs-gate serve`: puts a document behind a login, for the users of a file or one generated user. */
export async function serve(terminal: Terminal, given: ServeArguments): Promise<number> {
  const file = fileOf(given.files)
  const [port, host] = [portOf(given.port ?? '3000'), hostOf(given.host ?? '127.0.0.1')]
  const title = givenTitle(given.title)
  const [trustProxy, logLevel] = [trustedProxies(given.trustProxy), logLevelOf(given.logLevel)]
  const { users, rows: readers } = await readersOf(given)
  const { document, served, follow } = await load(file, given.watch)
  const operations = operationCount(document)
  const pagesTitle = title ?? titleOf(document)
  const origin = await start(terminal, {
    document: served,
    users,
    title,
    pagesTitle,
    mode: given.form ? 'form' : 'basic',
    host,
    port,
    trustProxy,
    logLevel,
    log: (line) => showLog(terminal, line),
  })
  const name = nameOfSource(file)
  const watched = given.watch ? name : undefined
  terminal.out(
    ...report({ title: pagesTitle ?? name, operations, origin, readers, watched }, terminal.columns),
  )
  if (!LOOPBACK.test(host)) printError(terminal, IN_THE_CLEAR)
  const close = follow(terminal)
  await terminal.stopped()
  close()
  // The terminal shows ^C: the shell's prompt goes on a new line.
  if (terminal.columns !== undefined) terminal.out('\n')
  return 0
}
