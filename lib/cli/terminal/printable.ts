// Strings from documents, files and arguments are printed. A terminal runs control characters as commands; invisible
// characters and changes of the writing direction make one string look like another.
const UNPRINTABLE = /[^\P{Cc}\n\t]|\p{Cf}/gu

/** Replaces characters that a terminal would run as commands or not show. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd')

/** The same on one line, so that the string cannot imitate another line of the output. */
export const onOneLine = (text: string): string => printable(text).replace(/\s+/gu, ' ').trim()
