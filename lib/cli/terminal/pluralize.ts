/** A number with its noun: `1 operation`, `1,021 operations`. */
export const pluralize = (count: number, one: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`
