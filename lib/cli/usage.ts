import { type StyledText, styled } from './terminal/terminal.ts'

const TEXT = `Usage:

  npx fastify-docs-gate serve FILE|URL [options]
      Puts an OpenAPI or Swagger document (JSON or YAML) behind a login.
      --users FILE  those of this file may log in, and changes of it take effect
                    within a second; without it, one user with a password that
                    is printed once
      --user NAME   the name of that one user (default: reader)
      --watch       reads the file again whenever it changes, and the files that
                    it refers to
      --form        a sign-in page instead of the browser's own dialog
      --title T     title of the pages (default: the document's)
      --host H      address to listen on (default: 127.0.0.1)
      --port N      port to listen on; 0 for a free one (default: 3000)
      --trust-proxy LIST
                    proxies whose X-Forwarded-* headers are believed: addresses,
                    networks, loopback, linklocal, uniquelocal, or none
                    (default: loopback)
      --log-level L fatal, error, warn, info, debug, trace or silent
                    (default: info: logins, failed logins and faults)

  npx fastify-docs-gate users add NAME [--file FILE] [--scopes a,b]
  npx fastify-docs-gate users passwd|enable|disable|remove NAME [--file FILE]
  npx fastify-docs-gate users list [--file FILE]
      Edits a file of users. "add" asks for the password (prompt or standard
      input); so does "passwd", of a user who is there already. Neither
      "passwd" nor "disable" and "enable" change anything else.
      --file FILE   an htpasswd file, or a .json file, which has scopes too
                    (default: .htpasswd)
      --scopes a,b  what the user may do (default: those of before, or none)

  npx fastify-docs-gate hash
      A password in (prompt or standard input), its argon2id hash out.

  npx fastify-docs-gate throttle list | clear NAME | clear --address ADDRESS
      Shows and clears the failed logins that instances with a Redis count.
      Needs the package redis.
      --redis URL   that Redis (default: the variable DOCS_GATE_REDIS)
      --key-prefix P
                    the keyPrefix of the service's client, if it has one
      --users FILE  the users whose names are shown for their accounts

  npx fastify-docs-gate probe URL
      Checks, without credentials, whether a running service exposes its API
      documentation, with at most 2,000 requests. Exit status: 0 nothing found,
      1 exposed, 2 could not connect, or too few answers.

  npx fastify-docs-gate help | --help | --version`

const isCommand = (line: string): boolean => line.startsWith('  npx ')

/** The output of `fastify-docs-gate --help`. */
export const USAGE: readonly StyledText[] = TEXT.split('\n').flatMap((line) => [
  isCommand(line) ? styled('command', line) : line,
  '\n',
])
