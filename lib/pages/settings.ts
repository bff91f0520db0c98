import type { Picture } from './picture.ts'
import type { Texts } from './texts.ts'

/** The `pages` option, validated and with its defaults. */
export interface PagesSettings {
  readonly title: string | undefined
  readonly logo: Picture | undefined
  /** The content of a style sheet that is loaded after the built-in one. */
  readonly css: string | undefined
  readonly texts: Texts
}
