import type { PagesSettings } from '../pages/settings.ts'
import { ENGLISH, type Texts } from '../pages/texts.ts'
import { invalidOption, nonEmptyString, readOptions } from '../validation/option.ts'
import { pictureOption, styleOption } from './brand-option.ts'

// The tag becomes the `lang` attribute of the pages, and `Intl` formats numbers by it. @see RFC 5646
function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

function textsOption(value: unknown): Texts {
  const given = Object.entries(readOptions('pages.texts', value, Object.keys(ENGLISH)))
  const replaced = given.filter(([, text]) => text !== undefined)
  for (const [name, text] of replaced) {
    if (typeof text !== 'string') invalidOption(`pages.texts.${name}`, text, 'write a text')
  }
  const texts: Texts = { ...ENGLISH, ...Object.fromEntries(replaced) }
  if (!isLanguageTag(texts.language))
    invalidOption('pages.texts.language', texts.language, 'write the tag of a language, like "de" or "pt-BR"')
  return texts
}

export function pagesOption(value: unknown): PagesSettings {
  const { title, logo, css, texts } = readOptions('pages', value, ['title', 'logo', 'css', 'texts'])
  return {
    title: title === undefined ? undefined : nonEmptyString('pages.title', title, ''),
    logo: pictureOption('pages.logo', logo),
    css: styleOption('pages.css', css),
    texts: textsOption(texts),
  }
}
