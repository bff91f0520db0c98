/** A part of a string keeps all of it alive: a copy, for what is kept for long. For text of ASCII. */
export const copyOfText = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
