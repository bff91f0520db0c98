/** Copies an ASCII string, because a slice that is stored for long keeps the whole original in memory. */
export const copyOfText = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
