import { type Piece, styled } from './terminal/screen.ts'

// A line that begins a synopsis, and those that explain it.
const SYNOPSIS = /^ {2}(?=docs-gate)(.*)$/

const TEXT = `Usage:

  docs-gate serve FILE|URL [--users FILE | --user NAME] [--watch] [--form]
                           [--title T] [--host H] [--port N]
      Puts an OpenAPI or Swagger document (JSON or YAML) behind a login.
      --users FILE  those of this file may log in, and changes of it take effect at once;
                    otherwise one user, whose password is printed once
      --user NAME   what that one user is called: reader, unless told otherwise
      --watch       reads the file again whenever it changes, and those that it refers to
      --form        a sign-in page instead of the browser's own dialog
      --title T     title of the pages: the document's, unless told otherwise
      --host H      where it listens: 127.0.0.1, unless told otherwise
      --port N      3000, unless told otherwise; 0 for a free one

  docs-gate users add NAME [--file FILE] [--scopes a,b]
  docs-gate users remove NAME | disable NAME | list [--file FILE]
      Edits a file of users. "add" asks for the password (prompt or standard input), and
      replaces the old one.
      --file FILE   .htpasswd, unless told otherwise; one that ends in .json has scopes too
      --scopes a,b  what the user may do

  docs-gate hash
      A password in (prompt or standard input), its argon2id hash out.

  docs-gate probe URL
      Asks a running service, as a stranger, for its documentation in every way we know, and
      says what it gives away. Ends with 0 if that is nothing, 1 if it is something, 2 if it
      could not ask.

  docs-gate --help | --version
`

const pieceOf = (line: string): Piece => (SYNOPSIS.test(line) ? styled('command', line) : line)

/** What `docs-gate --help` prints. */
export const USAGE: readonly Piece[] = TEXT.split(/^/m).map(pieceOf)
