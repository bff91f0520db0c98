import fc from 'fast-check'
import t from 'tap'
import { OptionsError } from '../../lib/errors.ts'
import { hashDirectory, knownUsers } from '../../lib/users/record-directory.ts'
import { formatOf, parseUserFile, readUserFile, textOf } from '../../lib/users/user-file.ts'
import { HASHES } from '../helper.ts'

const BCRYPT = '$2y$04$F0AOR75q.aWdO8SKs9x4P.Zjskacxd3ANQgUnjJpBuz.lxChoaXOO'
const HTPASSWD = formatOf('.htpasswd')
const RECORD = formatOf('users.json')

/** The users of a text, shortly: `name`, or `!name` where disabled, with the hash and the scopes. */
const brief = (entries: ReturnType<typeof HTPASSWD.parse>): unknown[] =>
  [...entries].map(([name, { hash, disabled, account }]) => {
    if (account.username !== name || account.version !== hash) throw new Error(`${name} is torn`)
    return [disabled ? `!${name}` : name, hash, ...account.scopes]
  })

t.test('the name of a file decides its format', async (t) => {
  for (const name of ['.htpasswd', 'users', 'json', '/etc/users.json.bak', 'users.json/.htpasswd'])
    t.equal(formatOf(name), HTPASSWD, name)
  for (const name of ['users.json', '.json', '/etc/USERS.JSON']) t.equal(formatOf(name), RECORD, name)
})

t.test('an htpasswd file has names and hashes, comments, blank lines, and disabled users', async (t) => {
  const table: [string, string, unknown[]][] = [
    ['one user', `a:${HASHES.secret}\n`, [['a', HASHES.secret]]],
    ['no line end', `a:${BCRYPT}`, [['a', BCRYPT]]],
    [
      '$2a$ and $2b$',
      `a:${BCRYPT.replace('$2y', '$2a')}\nb:${BCRYPT.replace('$2y', '$2b')}`,
      [
        ['a', BCRYPT.replace('$2y', '$2a')],
        ['b', BCRYPT.replace('$2y', '$2b')],
      ],
    ],
    [
      'CRLF',
      `a:${BCRYPT}\r\n\r\nb:${BCRYPT}\r\n`,
      [
        ['a', BCRYPT],
        ['b', BCRYPT],
      ],
    ],
    ['comments and blank lines', `# x:y\n\n \t\n  # z\na:${BCRYPT}\n#b:${BCRYPT}\n`, [['a', BCRYPT]]],
    ['white space at the end', `a:${BCRYPT} \t\n`, [['a', BCRYPT]]],
    ['a comment of nginx', `a:${BCRYPT}:John Doe: admin\n`, [['a', BCRYPT]]],
    [
      'disabled',
      `a:!${BCRYPT}\nb:!${HASHES.secret}\n`,
      [
        ['!a', BCRYPT],
        ['!b', HASHES.secret],
      ],
    ],
    ['a name in NFD', `Jo\u0308:${BCRYPT}\n`, [['J\u00f6', BCRYPT]]],
    ['a name with spaces and signs', `John (Doe) #1!:${BCRYPT}\n`, [['John (Doe) #1!', BCRYPT]]],
    [
      'names that differ in case',
      `a:${BCRYPT}\nA:${BCRYPT}\n`,
      [
        ['a', BCRYPT],
        ['A', BCRYPT],
      ],
    ],
    [
      'names of the prototype',
      `__proto__:${BCRYPT}\nconstructor:${BCRYPT}`,
      [
        ['__proto__', BCRYPT],
        ['constructor', BCRYPT],
      ],
    ],
    ['nothing', '', []],
  ]
  for (const [name, text, expected] of table) t.strictSame(brief(HTPASSWD.parse(text, 'x')), expected, name)
  t.strictSame(HTPASSWD.parse(`a:${BCRYPT}`, 'x').get('a')?.account, {
    username: 'a',
    scopes: [],
    name: undefined,
    email: undefined,
    version: BCRYPT,
  })
})

// Each with something that must not be shown: MARK.
t.test(
  'an invalid line of an htpasswd file is an error with file, line and remedy, without the content of the line',
  async (t) => {
    const table: [string, string, RegExp][] = [
      ['{SHA}', 'a:{SHA}MARKW6ph5Mm5Pz8GgiULbPgzG37mj9g=', /SHA-1 .*not htpasswd -s/],
      ['{SSHA}', 'a:{SSHA}MARK', /directory servers/],
      ['{PLAIN}', 'a:{PLAIN}MARK', /directory servers/],
      ['apr1', 'a:$apr1$MARK$HqJZimcKQFAMYayBlzkrA/', /apr1 .*without -B/],
      ['MD5 of crypt', 'a:$1$MARK$HqJZimcKQFAMYayBlzkrA/', /MD5 hash of crypt/],
      ['SHA-256 of crypt', 'a:$5$MARK$x', /SHA hash of crypt.*-2 or -5/],
      ['SHA-512 of crypt', 'a:$6$MARK$x', /SHA hash of crypt/],
      ['yescrypt', 'a:$y$j9T$MARK', /not known here/],
      ['crypt', 'a:MARKNtFDLxhYE', /eight characters.*plain text/],
      ['plain text', 'a:MARK', /plain text.*Remove this line and choose another/],
      ['plain text with spaces', 'a:correct horse MARK', /plain text/],
      ['plain text with colons', 'a:correct:MARK', /plain text/],
      ['plain text, disabled', 'a:!MARK', /plain text/],
      [
        'bcrypt for a compose file',
        `a:${BCRYPT.replaceAll('$', '$$$$')}`,
        /doubled: write single dollars.*compose files/,
      ],
      [
        'argon2id for a compose file, disabled',
        `a:!${HASHES.secret.replaceAll('$', '$$$$')}`,
        /doubled: write single dollars.*replace each \$\$ of this line by \$/,
      ],
      ['no hash', 'a:', /no password hash.*users add/],
      ['no hash, with a comment', 'a::MARK', /no password hash/],
      ['disabled without hash', 'a:!', /no password hash/],
      ['disabled twice', `a:!!${BCRYPT}MARK`, /plain text/],
      ['half a bcrypt hash', `a:${BCRYPT.slice(0, 40)}MARK`, /no whole bcrypt hash.*htpasswd -B/],
      ['bcrypt of another kind', `a:${BCRYPT.replace('$2y', '$2x')}`, /no whole bcrypt hash/],
      ['bcrypt without end', `a:${BCRYPT.replace('$04', '$31')}`, /cost of 4 to 16/],
      ['half an argon2id hash', `a:${HASHES.secret.slice(0, 40)}`, /no whole argon2id hash/],
      ['argon2i', `a:${HASHES.secret.replace('argon2id', 'argon2i')}`, /argon2i or argon2d.*users add/],
      [
        'what a shell left of a hash',
        'a:=19=64,t=1,p=1MARK',
        /left of an argon2id hash.*single quotes.*users add/,
      ],
      ['a word after the hash', `a:${HASHES.secret} MARK`, /no whole argon2id hash/],
      ['a carriage return inside', `a:${BCRYPT}\rMARK`, /no whole bcrypt hash/],
      ['a line separator inside', `a:${BCRYPT}\u2028MARK`, /no whole bcrypt hash/],
      ['no colon', 'MARK', /no colon/],
      ['no name', `:${BCRYPT}`, /the name before the colon/],
      ['a name with a space in front', ` MARK:${BCRYPT}`, /no space at either end/],
      ['a name with a space behind', `MARK :${BCRYPT}`, /no space at either end/],
      ['a name with a control character', `MARK\u0007:${BCRYPT}`, /control characters/],
      ['a name that is too long', `${'MARK'.repeat(65)}:${BCRYPT}`, /1 to 256 bytes/],
      ['a user twice', `MARK:${BCRYPT}\nMARK:${BCRYPT}`, /stands on line 2 already; remove one/],
      [
        'a user twice, in NFC and NFD',
        `MARK\u00f6:${BCRYPT}\nMARKo\u0308:${BCRYPT}`,
        /stands on line 2 already/,
      ],
      ['a user twice, once disabled', `a:!${BCRYPT}\na:${BCRYPT}`, /stands on line 2 already/],
    ]
    for (const [name, line, reason] of table) {
      const number = line.split('\n').length + 1
      const error = t.throws(
        () => HTPASSWD.parse(`# a comment\n${line}\nz:${BCRYPT}\n`, '"x/.htpasswd"'),
        OptionsError,
      )
      const { message, code } = error as unknown as OptionsError
      t.match(message, reason, name)
      t.match(message, new RegExp(`^"x/\\.htpasswd", line ${number}: `), name)
      t.notMatch(message, /MARK/, `${name}: not shown`)
      t.equal(code, 'DOCS_GATE_OPTIONS')
    }
  },
)

t.test('a JSON file contains the same record as the option', async (t) => {
  const json = JSON.stringify({
    a: BCRYPT,
    'Jo\u0308': { password: HASHES.secret, scopes: ['x', 'y'] },
    c: { password: BCRYPT, disabled: true },
  })
  for (const text of [json, JSON.stringify(JSON.parse(json), null, '\t'), `\n${json}\r\n`]) {
    t.strictSame(brief(RECORD.parse(text, 'x')), [
      ['a', BCRYPT],
      ['J\u00f6', HASHES.secret, 'x', 'y'],
      ['!c', BCRYPT],
    ])
  }
  t.strictSame(brief(RECORD.parse(`{"__proto__":"${BCRYPT}", "\\"{[\\u0041" :"${BCRYPT}"}`, 'x')), [
    ['__proto__', BCRYPT],
    ['"{[A', BCRYPT],
  ])
  t.strictSame(brief(RECORD.parse('{}', 'x')), [])
  t.match(RECORD.parse(`{"a":{"password":"${BCRYPT}","name":"N","email":"e@x"}}`, 'x').get('a')?.account, {
    name: 'N',
    email: 'e@x',
  })
})

t.test('an invalid JSON file is an error with file, line and remedy, without any hash', async (t) => {
  const MARK = 'MARKMARK'
  const table: [string, string, RegExp][] = [
    ['nothing', '', /^"x": this is not JSON; write an object/],
    ['half of it', `{\n "a": "${MARK}`, /: this is not JSON/],
    ['a comma too much', `{\n "a": "${MARK}",\n}`, /^"x", line 3: this is not JSON/],
    ['plain text', MARK, /^"x": this is not JSON/],
    ['a list', `["${MARK}"]`, /^"x": this JSON is not an object/],
    ['null', 'null', /^"x": this JSON is not an object/],
    ['a text', `"${MARK}"`, /^"x": this JSON is not an object/],
    [
      'a password in plain text',
      `{"a":"${BCRYPT}",\n\n"b":"${MARK}"}`,
      /^"x", line 3: users\.b: this is a password in plain text.*; write an argon2id or bcrypt hash/,
    ],
    [
      'the same, in an object',
      `{\n"b":{"scopes":["a","b"],\n"password":"${MARK}"}}`,
      /^"x", line 2: users\.b\.password: this is a password in plain text.*; write/,
    ],
    ['no password', '{"b":{}}', /^"x", line 1: users\.b\.password: nothing came .*; write/],
    [
      'apr1',
      `{"b":"$apr1$${MARK}$HqJZimcKQFAMYayBlzkrA/"}`,
      /users\.b: apr1 is Apache's MD5, .*; write an argon2id/,
    ],
    ['a field that is none', `{"b":{"pasword":"${MARK}"}}`, /users\.b\.pasword is not an option/],
    [
      'scopes as a text',
      `{\n\n"b":{"password":"${BCRYPT}","scopes":"a"}}`,
      /^"x", line 3: users\.b\.scopes: write a list/,
    ],
    [
      'disabled as a text',
      `{"b":{"password":"${BCRYPT}","disabled":"no"}}`,
      /users\.b\.disabled: write true or false/,
    ],
    ['a name as a number', `{"b":{"password":"${BCRYPT}","name":1}}`, /users\.b\.name: write a text/],
    ['a name with a colon', `{"b:c":"${BCRYPT}"}`, /write user names of 1 to 256 bytes, without colons/],
    ['a user twice', `{"a":"${BCRYPT}",\n"a":"${BCRYPT}"}`, /^"x", line 2: users: write each user once/],
    [
      'a user twice, in NFC and NFD',
      `{"\u00f6":"${BCRYPT}",\n"o\\u0308":"${BCRYPT}"}`,
      /^"x", line 2: users: write each user once/,
    ],
  ]
  for (const [name, text, reason] of table) {
    const error = t.throws(() => RECORD.parse(text, '"x"'), OptionsError)
    t.match((error as unknown as Error).message, reason, name)
    t.notMatch((error as unknown as Error).message, /MARK|\$2y|\n/, `${name}: not shown`)
  }
})

t.test('a byte order mark is ignored; invalid UTF-8 and a file without users are errors', async (t) => {
  const bytes = Buffer.from(`\ufeffJ\u00f6:${BCRYPT}\r\n`)
  t.strictSame(brief(parseUserFile('.htpasswd', bytes, 'x')), [['J\u00f6', BCRYPT]])
  t.strictSame(brief(parseUserFile('u.json', Buffer.from(`\ufeff{"a":"${BCRYPT}"}`), 'x')), [['a', BCRYPT]])
  for (const [file, bad] of [
    ['.htpasswd', Buffer.concat([bytes, Buffer.from([0xff])])],
    ['u.json', Buffer.from(`{"\u00f6":"${BCRYPT}"}`, 'latin1')],
    ['.htpasswd', Buffer.from(`\ufeffa:${BCRYPT}\n`, 'utf16le')],
  ] as const)
    t.throws(() => parseUserFile(file, bad, '"x"'), {
      message: '"x": this is not UTF-8; save it in that encoding',
    })
  for (const [file, text] of [
    ['.htpasswd', ''],
    ['.htpasswd', '# nobody\n'],
    ['u.json', '{}'],
  ] as const)
    t.throws(() => parseUserFile(file, Buffer.from(text), '"x"'), {
      code: 'DOCS_GATE_OPTIONS',
      message: /^"x": there are no users in it; add one/,
    })
  t.equal(textOf(Buffer.from('\ufeffa'), 'x'), 'a')
})

t.test('a file that cannot be read is an error with the remedy', async (t) => {
  const folder = t.testdir({ file: '' })
  const table: [string, RegExp][] = [
    [`${folder}/nope`, /^"x": there is no such file; create it with: .* \(ENOENT\)$/],
    [folder, /^"x": this is a folder; .* \(EISDIR\)$/],
    [`${folder}/file/x`, /^"x": it cannot be read \(ENOTDIR\)$/],
  ]
  for (const [file, message] of table)
    t.throws(() => readUserFile(file, '"x"'), { code: 'DOCS_GATE_OPTIONS', message })
})

t.test('edits of an htpasswd file keep every other line unchanged', async (t) => {
  const text = `# users\n\na:${BCRYPT}:Ann\r\n  # more\nb:!${HASHES.secret} \nJo\u0308:${BCRYPT}`
  const { set, disable, remove } = HTPASSWD
  const table: [string, string, string][] = [
    ['another hash', set(text, 'a', HASHES.secret2), text.replace(`a:${BCRYPT}`, `a:${HASHES.secret2}`)],
    ['another hash enables', set(text, 'b', BCRYPT), text.replace(`!${HASHES.secret}`, BCRYPT)],
    [
      'a name in NFD',
      set(text, 'J\u00f6', HASHES.secret),
      text.replace(`\u0308:${BCRYPT}`, `\u0308:${HASHES.secret}`),
    ],
    ['a new user ends the last line', set(text, 'c', BCRYPT), `${text}\nc:${BCRYPT}\n`],
    ['a new user in CRLF', set(`a:${BCRYPT}\r\n`, 'c', BCRYPT), `a:${BCRYPT}\r\nc:${BCRYPT}\r\n`],
    [
      'a new user in an open CRLF',
      set(`#\r\na:${BCRYPT}`, 'c', BCRYPT),
      `#\r\na:${BCRYPT}\r\nc:${BCRYPT}\r\n`,
    ],
    ['the first user', set('', 'c', BCRYPT), `c:${BCRYPT}\n`],
    ['a commented user is none', set(`#c:${BCRYPT}\n`, 'c', BCRYPT), `#c:${BCRYPT}\nc:${BCRYPT}\n`],
    ['disabled', disable(text, 'a'), text.replace('a:$2y', 'a:!$2y')],
    ['disabled again', disable(text, 'b'), text],
    ['removed', remove(text, 'a'), text.replace(`a:${BCRYPT}:Ann\r\n`, '')],
    ['removed, the last', remove(text, 'J\u00f6'), text.replace(`Jo\u0308:${BCRYPT}`, '')],
    ['removed, who is not there', remove(text, '# users'), text],
  ]
  for (const [name, edited, expected] of table) t.equal(edited, expected, name)
})

t.test(
  'edits of a JSON file keep the other users, the other fields, the order and the indentation',
  async (t) => {
    const users = {
      a: BCRYPT,
      'Jo\u0308': { password: BCRYPT, scopes: ['x'], name: 'Jo', disabled: true },
      c: { password: BCRYPT },
    }
    const text = `${JSON.stringify(users, null, '\t')}\n`
    const { set, disable, remove } = RECORD
    const written = (value: object, indent = '\t'): string => `${JSON.stringify(value, null, indent)}\n`
    const table: [string, string, string][] = [
      ['another hash', set(text, 'a', HASHES.secret), written({ ...users, a: HASHES.secret })],
      [
        'another hash and scopes',
        set(text, 'a', HASHES.secret, ['y']),
        written({ ...users, a: { password: HASHES.secret, scopes: ['y'] } }),
      ],
      [
        'another hash enables',
        set(text, 'J\u00f6', HASHES.secret),
        written({ ...users, 'Jo\u0308': { password: HASHES.secret, scopes: ['x'], name: 'Jo' } }),
      ],
      [
        'scopes taken away',
        set(text, 'J\u00f6', HASHES.secret, []),
        written({ ...users, 'Jo\u0308': { password: HASHES.secret, scopes: [], name: 'Jo' } }),
      ],
      ['a new user', set(text, 'd', BCRYPT), written({ ...users, d: BCRYPT })],
      [
        'a new user with scopes',
        set(text, 'd', BCRYPT, ['x']),
        written({ ...users, d: { password: BCRYPT, scopes: ['x'] } }),
      ],
      ['the first user', set('', 'a', BCRYPT), written({ a: BCRYPT }, '  ')],
      ['a user of that name', set('{}', '__proto__', BCRYPT), `{\n  "__proto__": "${BCRYPT}"\n}\n`],
      ['disabled', disable(text, 'a'), written({ ...users, a: { password: BCRYPT, disabled: true } })],
      ['disabled again', disable(text, 'J\u00f6'), text],
      ['removed', remove(text, 'J\u00f6'), written({ a: BCRYPT, c: { password: BCRYPT } })],
    ]
    for (const [name, edited, expected] of table) t.equal(edited, expected, name)
  },
)

const hash = fc.constantFrom(BCRYPT, HASHES.secret, HASHES.secret2)
const anyLine = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc
    .tuple(fc.string(), fc.constantFrom(':', ':!', ': '), fc.oneof(hash, fc.string()))
    .map((parts) => parts.join('')),
)
const anyText = fc
  .array(fc.tuple(anyLine, fc.constantFrom('\n', '\r\n', '\r', '')))
  .map((lines) => lines.flat().join(''))
const nameOf = (format: typeof HTPASSWD) =>
  fc
    .oneof(fc.string({ unit: 'grapheme' }), fc.string(), fc.constantFrom('__proto__', '1', '10', 'toString'))
    .map((name) => format.name(name))
    .filter((name) => name !== undefined)

t.test(
  'whatever the text, a parser returns users that can log in, or throws an OptionsError of one line',
  async () => {
    for (const [format, texts] of [
      [HTPASSWD, anyText],
      [RECORD, fc.oneof(fc.json(), anyText)],
    ] as const) {
      fc.assert(
        fc.property(texts, (text) => {
          try {
            for (const [name, entry] of format.parse(text, 'x'))
              if (format.name(name) !== name || entry.hash === '') throw new Error(`bad user ${name}`)
          } catch (error) {
            if (!(error instanceof OptionsError) || /[\r\n]/.test(error.message)) throw error
          }
        }),
        { numRuns: 500 },
      )
    }
  },
)

t.test('an edited file can be read, and the other users are unchanged', async (t) => {
  for (const format of [HTPASSWD, RECORD]) {
    const name = nameOf(format)
    const others = fc.uniqueArray(fc.tuple(name, hash, fc.boolean()), { selector: ([other]) => other })
    fc.assert(
      fc.property(others, name, hash, (users, username, newHash) => {
        let text = ''
        for (const [other, itsHash] of users) text = format.set(text, other, itsHash)
        for (const [other, , disabled] of users) if (disabled) text = format.disable(text, other)
        const read = () =>
          new Map(
            brief(format.parse(text, 'x')).map((user) => (user as string[]).slice(0, 2) as [string, string]),
          )
        const expected = new Map(
          users.map(([other, itsHash, disabled]) => [disabled ? `!${other}` : other, itsHash]),
        )
        const isSame = (a: Map<string, string>, b: Map<string, string>) =>
          a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
        if (text !== '' && !isSame(read(), expected)) return false
        text = format.set(text, username, newHash)
        const before = new Map([...expected].filter(([key]) => key !== username && key !== `!${username}`))
        if (!isSame(read(), new Map([...before, [username, newHash]]))) return false
        text = format.disable(text, username)
        if (!isSame(read(), new Map([...before, [`!${username}`, newHash]]))) return false
        text = format.remove(text, username)
        return isSame(read(), before)
      }),
      { numRuns: 200 },
    )
  }
  t.pass()
})

t.test('a user who is removed while their password is checked is refused', async (t) => {
  const usersOf = (text: string) => knownUsers(HTPASSWD.parse(text, 'x'))
  const john = `johndoe:${HASHES.secret}\n`
  const jane = `jane:${HASHES.secret2}\n`
  const table: [string, string, boolean][] = [
    ['as before', john, true],
    ['with others', john + jane, true],
    ['removed', jane, false],
    ['disabled', john.replace(':', ':!'), false],
    ['of another password', john.replace(HASHES.secret, HASHES.secret2), false],
  ]
  for (const [name, text, isIn] of table) {
    let users = usersOf(john)
    const { verify, find } = hashDirectory(() => users, Buffer.alloc(32))
    const login = verify('johndoe', 'secret', {})
    users = usersOf(text)
    t.equal((await login)?.username, isIn ? 'johndoe' : undefined, name)
    t.equal(
      (await find?.('johndoe'))?.version,
      users.entries.get('johndoe')?.disabled ? undefined : users.entries.get('johndoe')?.hash,
    )
  }
  let users = usersOf(john)
  const { verify } = hashDirectory(() => users, Buffer.alloc(32))
  const login = verify('jane', 'secret', {})
  users = usersOf(jane.replace(HASHES.secret2, HASHES.secret))
  t.equal(await login, null, 'nor who is let in meanwhile, whose password was not looked at')
})
