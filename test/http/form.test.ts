import t from 'tap'
import { isForm, parseForm } from '../../lib/http/form.ts'

t.test('a form is known by its media type', async (t) => {
  const table: [string | undefined, boolean][] = [
    ['application/x-www-form-urlencoded', true],
    ['application/x-www-form-urlencoded; charset=utf-8', true],
    ['Application/X-WWW-Form-Urlencoded ;x', true],
    ['application/json', false],
    ['application/x-www-form-urlencoded-not', false],
    ['text/plain; application/x-www-form-urlencoded', false],
    ['', false],
    [undefined, false],
  ]
  for (const [type, expected] of table) t.equal(isForm(type), expected, String(type))
})

t.test('a form body is read once for each parameter, in UTF-8', async (t) => {
  const table: [string, unknown, [string, string][] | null][] = [
    [
      'parameters',
      Buffer.from('a=1&b=2'),
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['plus and percent', Buffer.from('a=b+c%20d%26'), [['a', 'b c d&']]],
    [
      'UTF-8, raw and encoded',
      Buffer.from('a=ü&b=%C3%BC'),
      [
        ['a', 'ü'],
        ['b', 'ü'],
      ],
    ],
    ['a byte order mark is a character', Buffer.from('\ufeffa=1'), [['\ufeffa', '1']]],
    [
      'names without values',
      Buffer.from('a&b='),
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['nothing', Buffer.from(''), []],
    ['ampersands alone', Buffer.from('&&'), []],
    ['a parameter twice', Buffer.from('a=1&a=2'), null],
    ['the same twice', Buffer.from('a=1&a=1'), null],
    ['twice in two spellings', Buffer.from('a=1&%61=2'), null],
    ['not UTF-8', Buffer.from([0x61, 0x3d, 0xff]), null],
    ['no body', undefined, []],
    ['null', null, []],
    ['an object', { username: 'x' }, []],
    ['a string', 'a=1', []],
    [
      'prototype names are names',
      Buffer.from('__proto__=1&constructor=2'),
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ]
  for (const [name, body, expected] of table) {
    const form = parseForm(body)
    t.strictSame(form && [...form], expected, name)
  }
})
