/** Why a value is not an accepted hash. It names the kind of the value and never shows it: it may be a password. */
interface BadHash {
  readonly what: string
  /**
   * The remedy in an htpasswd file. The line has to be removed, because our command does not replace unreadable lines.
   */
  readonly inHtpasswd: string
}

const SET_AGAIN =
  'remove this line and set the password again with: npx fastify-docs-gate users add NAME, or htpasswd -B'
const BY_US = 'remove this line and set the password again with: npx fastify-docs-gate users add NAME'
const QUOTES =
  'a shell or a compose file took its $... parts for variables: put it in single quotes (in a compose file, write $$ for each $)'

// The first kind that matches is reported.
const KINDS: readonly (readonly [kind: RegExp, what: string, inHtpasswd: string])[] = [
  [/^$/, 'there is no password hash', SET_AGAIN],
  [
    /^\$\$(?:2|argon2)/,
    'each $ of this hash is doubled: write single dollars here; $$ is for compose files',
    'replace each $$ of this line by $',
  ],
  [
    /^\{SHA\}/i,
    '{SHA} is SHA-1 without a salt, which is guessed at billions of tries a second',
    `${SET_AGAIN} (not htpasswd -s)`,
  ],
  [/^\{/, 'hashes of directory servers ({SSHA} and the like) cannot be checked here', BY_US],
  [
    /^\$apr1\$/,
    "apr1 is Apache's MD5, which is guessed too fast",
    `${SET_AGAIN} (htpasswd without -B writes apr1)`,
  ],
  [/^\$1\$/, 'this is an MD5 hash of crypt, which is guessed too fast', SET_AGAIN],
  [
    /^\$[56]\$/,
    'this is a SHA hash of crypt, which cannot be checked here',
    `${SET_AGAIN} (not htpasswd -2 or -5)`,
  ],
  [
    /^\$2/,
    'this is no whole bcrypt hash of $2a$, $2b$ or $2y$ and a cost of 4 to 16',
    'remove this line and set the password again with: htpasswd -B -C 12',
  ],
  [/^\$argon2[di]\$/, 'this is a hash of argon2i or argon2d, and argon2id is wanted', BY_US],
  // In double quotes a shell expands each `$...`. These are the remains of `$argon2id$v=19$m=...` and of `$2y$12$...`.
  [/^(?:\$argon2id)?[^$]*=\d+,t=\d+,p=\d+/, `this is what is left of an argon2id hash: ${QUOTES}`, BY_US],
  [/^[aby]\d[./][./A-Za-z0-9]{15,}$/, `this is what is left of a bcrypt hash: ${QUOTES}`, SET_AGAIN],
  [/^\$argon2/, 'this is no whole argon2id hash (v=19, at most 1 GiB)', BY_US],
  [/^\$/, 'this kind of hash is not known here', SET_AGAIN],
  [
    /^[./A-Za-z0-9]{13}$/,
    'this is a hash of crypt, which knows eight characters of a password, or a password in plain text',
    SET_AGAIN,
  ],
]

const PLAIN_TEXT: BadHash = {
  what: 'this is a password in plain text, or no password at all',
  inHtpasswd:
    'whoever can read the file has it. Remove this line and choose another password with: npx fastify-docs-gate users add NAME',
}

/** What is wrong with a value that is neither an argon2id nor a bcrypt hash. */
export function badHash(text: string): BadHash {
  const [, what, inHtpasswd] = KINDS.find(([kind]) => kind.test(text)) ?? []
  return what === undefined || inHtpasswd === undefined ? PLAIN_TEXT : { what, inHtpasswd }
}
