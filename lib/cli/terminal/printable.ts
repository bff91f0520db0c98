// What a document, a file or an argument says is shown to a person: in a terminal, control characters are commands, and
// invisible ones or a change of direction make a text look like another.
const UNPRINTABLE = /[^\P{Cc}\n\t]|\p{Cf}/gu

/** A text without commands to the terminal and without what hides. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd')

/** The same on one line, so that it cannot pass for a line of ours. */
export const onOneLine = (text: string): string => printable(text).replace(/\s+/gu, ' ').trim()
