import type { Picture } from './picture.ts'
import type { Texts } from './texts.ts'

/** The `pages` option, checked and completed. */
export interface PagesSettings {
  readonly title: string | undefined
  readonly logo: Picture | undefined
  /** A style sheet over ours. */
  readonly css: string | undefined
  readonly texts: Texts
}
