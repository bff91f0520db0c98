import { type Piece, styled } from './terminal/screen.ts'

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

  npx fastify-docs-gate users add NAME [--file FILE] [--scopes a,b]
  npx fastify-docs-gate users remove NAME | disable NAME | list [--file FILE]
      Edits a file of users. "add" asks for the password (prompt or standard
      input), and replaces the old one.
      --file FILE   an htpasswd file, or a .json file, which has scopes too
                    (default: .htpasswd)
      --scopes a,b  what the user may do (default: those of before, or none)

  npx fastify-docs-gate hash
      A password in (prompt or standard input), its argon2id hash out.

  npx fastify-docs-gate probe URL
      Asks a running service, as a stranger, for its documentation in every way
      we know, and says what it gives away. Ends with 0 if that is nothing, 1 if
      it is something, 2 if it could not ask.

  npx fastify-docs-gate help | --help | --version`

const isCommand = (line: string): boolean => line.startsWith('  npx ')

/** What `fastify-docs-gate --help` prints. */
export const USAGE: readonly Piece[] = TEXT.split('\n').flatMap((line) => [
  isCommand(line) ? styled('command', line) : line,
  '\n',
])
