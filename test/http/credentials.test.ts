import t from 'tap'
import { isBasic, parseBasicCredentials, readCredentials } from '../../lib/http/basic-credentials.ts'

const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString('base64')
const basic = (text: string | Buffer): string => `Basic ${base64(text)}`

t.test('good Basic headers give a name and a password', async (t) => {
  const table: [string, string, string, string][] = [
    ['plain', basic('johndoe:secret'), 'johndoe', 'secret'],
    ['the first colon splits', basic('johndoe:a:b::'), 'johndoe', 'a:b::'],
    ['a password that is a colon', basic('johndoe::'), 'johndoe', ':'],
    ['scheme in lower case', `basic ${base64('johndoe:secret')}`, 'johndoe', 'secret'],
    ['scheme in capitals', `BASIC ${base64('johndoe:secret')}`, 'johndoe', 'secret'],
    ['several spaces', `Basic   ${base64('johndoe:secret')}`, 'johndoe', 'secret'],
    ['UTF-8', basic('jörg:pässwörd£'), 'jörg', 'pässwörd£'],
    ['beyond the first plane', basic('😀:🔑🔑'), '😀', '🔑🔑'],
    ['NFD becomes NFC', basic('jo\u0308rg:pa\u0308ss'), 'j\u00f6rg', 'p\u00e4ss'],
    ['a singleton becomes NFC', basic('\u212bngstrom:\u2126'), '\u00c5ngstrom', '\u03a9'],
    ['NFC, not NFKC', basic('ﬁ:①'), 'ﬁ', '①'],
    ['spaces are part of both', basic(' john doe : secret '), ' john doe ', ' secret '],
    ['a byte order mark is a character', basic('\ufeffjohndoe:\ufeff'), '\ufeffjohndoe', '\ufeff'],
    ['one padding character', basic('ab:cd'), 'ab', 'cd'],
    ['two padding characters', basic('a:cd'), 'a', 'cd'],
    ['plus and slash', `Basic ${base64('a:~~~???>>>')}`, 'a', '~~~???>>>'],
    ['256 bytes of name', basic(`${'ü'.repeat(128)}:x`), 'ü'.repeat(128), 'x'],
    ['1,024 bytes of password', basic(`x:${'ü'.repeat(512)}`), 'x', 'ü'.repeat(512)],
  ]
  for (const [name, header, username, password] of table) {
    t.equal(isBasic(header), true, name)
    t.strictSame(parseBasicCredentials(header), { username, password }, name)
  }
  t.match(base64('a:~~~???>>>'), /[+/]/, 'the table means what it says')
})

t.test('malformed Basic headers are Basic all the same, and give nothing', async (t) => {
  const control = (code: number) => String.fromCharCode(code)
  const controls = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, i) => 127 + i)]
  const table: [string, string][] = [
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['no colon', basic('johndoe')],
    ['an empty text', `Basic ${base64('')}`],
    ['a colon alone', basic(':')],
    ['an empty user', basic(':secret')],
    ['an empty password', basic('johndoe:')],
    ['missing padding', 'Basic YTpjZA'],
    ['half of the padding', 'Basic YTpjZA='],
    ['too much padding', 'Basic YTpjZA==='],
    ['padding in the middle', 'Basic YTo=Y2Q='],
    ['stray bits', 'Basic YTpjZB=='],
    ['more stray bits', 'Basic YTpjZP=='],
    ['base64url', `Basic ${base64('a:~~~???>>>').replace(/\+/g, '-').replace(/\//g, '_')}`],
    ['not base64', 'Basic !!!!'],
    ['plain text', 'Basic johndoe:secret'],
    ['a space within', 'Basic YTpj ZGU='],
    ['white space at the end', 'Basic YTpjZA== '],
    ['a second value', 'Basic YTpjZA==, Basic YTpjZA=='],
    ['an auth-param', 'Basic YTpjZA==,charset=UTF-8'],
    ['one character', 'Basic Y'],
    ['invalid UTF-8', basic(Buffer.from([0x61, 0x3a, 0xff]))],
    ['ISO 8859-1', basic(Buffer.from('jörg:secret', 'latin1'))],
    ['a truncated sequence', basic(Buffer.from([0x61, 0x3a, 0xe2, 0x82]))],
    ['an overlong sequence', basic(Buffer.from([0x61, 0x3a, 0xc0, 0xaf]))],
    ['a lone surrogate', basic(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0x80]))],
    ['a surrogate pair (CESU-8)', basic(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]))],
    ['257 bytes of name', basic(`${'ü'.repeat(128)}x:y`)],
    ['1,025 bytes of password', basic(`x:${'ü'.repeat(512)}y`)],
    ['a megabyte', basic(`x:${'y'.repeat(1_000_000)}`)],
    ...controls.map((code): [string, string] => [
      `control ${code} in the name`,
      basic(`a${control(code)}:b`),
    ]),
    ...controls.map((code): [string, string] => [
      `control ${code} in the password`,
      basic(`a:b${control(code)}`),
    ]),
  ]
  for (const [name, header] of table) {
    t.equal(isBasic(header), true, name)
    t.equal(parseBasicCredentials(header), null, name)
  }
  t.ok(parseBasicCredentials('Basic YTpjZA=='), 'the good spelling of what is bad above')
})

t.test('another scheme is not Basic', async (t) => {
  const table = [
    undefined,
    '',
    'Bearer YTpjZA==',
    'BasicYTpjZA==',
    'Basic\tYTpjZA==',
    'XBasic YTpjZA==',
    ' Basic YTpjZA==',
  ]
  for (const header of table) t.equal(isBasic(header), false, String(header))
  t.equal(parseBasicCredentials('Bearer YTpjZA=='), null)
})

t.test('credentials of a form and of /token keep the same rules', async (t) => {
  t.strictSame(readCredentials('a:b', 'c'), { username: 'a:b', password: 'c' })
  t.strictSame(readCredentials('jo\u0308rg', 'e\u0301'), { username: 'jörg', password: 'é' })
  const table: [unknown, unknown][] = [
    [undefined, 'x'],
    ['x', undefined],
    [null, 'x'],
    [1, 'x'],
    ['x', ['x']],
    [{}, 'x'],
    ['', 'x'],
    ['x', ''],
    ['x\u0000', 'x'],
    ['x', 'x\u0085'],
    ['x', 'x\r\n'],
    ['\ud800', 'x'],
    ['x', 'a\udfff'],
    ['x', '\udc00\ud800'],
    ['x'.repeat(257), 'x'],
    ['x', 'x'.repeat(1025)],
  ]
  for (const [username, password] of table) {
    t.equal(readCredentials(username, password), null, JSON.stringify([username, password]).slice(0, 60))
  }
})
