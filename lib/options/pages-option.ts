import { ENGLISH, type Texts } from '../pages/texts.ts'
import { fields, nonEmptyString, refuse } from './check.ts'

/** The `pages` option, checked and completed. */
export interface PagesSettings {
  readonly title: string | undefined
  readonly texts: Texts
}

export function pagesOption(value: unknown): PagesSettings {
  const { title, texts } = fields('pages', value, ['title', 'texts'])
  const given = Object.entries(fields('pages.texts', texts, Object.keys(ENGLISH)))
  const replaced = given.filter(([, text]) => text !== undefined)
  for (const [name, text] of replaced) {
    if (typeof text !== 'string') refuse(`pages.texts.${name}`, text, 'write a text')
  }
  return {
    title: title === undefined ? undefined : nonEmptyString('pages.title', title, ''),
    texts: { ...ENGLISH, ...Object.fromEntries(replaced) },
  }
}
