// A source map (https://tc39.es/ecma426/) of code that stands where it stood: only the name of the file is another one.
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** A number as a Base64 VLQ. */
function quantity(number) {
  let rest = number < 0 ? 1 - 2 * number : 2 * number
  let text = ''
  for (; rest > 31; rest >>>= 5) text += DIGITS[32 + (rest & 31)]
  return text + DIGITS[rest]
}

/** One segment for each word: by these, tap finds the word that it points at. */
function mappings(code) {
  let [lastLine, lastColumn] = [0, 0]
  const lines = code.split('\n').map((text, line) => {
    let generated = 0
    const segments = [...text.matchAll(/[\w$]+|[^\s\w$]/g)].map(({ index }) => {
      const segment = [index - generated, 0, line - lastLine, index - lastColumn].map(quantity).join('')
      generated = lastColumn = index
      lastLine = line
      return segment
    })
    return segments.join()
  })
  return lines.join(';')
}

/** The comment that says of code: it is this file. */
module.exports.identityMapComment = (code, url) => {
  const map = { version: 3, sources: [url], names: [], mappings: mappings(code) }
  const data = Buffer.from(JSON.stringify(map)).toString('base64')
  return `//# sourceMappingURL=data:application/json;base64,${data}`
}
