import { NO_STORE } from '../http/response.ts'
import type { BrowserFiles } from './browser-files.ts'
import type { Picture } from './picture.ts'
import type { PagesSettings } from './settings.ts'

/** The paths of the files that pages load. */
export interface AssetPaths {
  readonly style: string
  readonly script: string
  /** The picture beside the name of the service, and the favicon: `pages.logo`, or the built-in icon. */
  readonly icon: string
  /** The path of `pages.logo`, if it is given. */
  readonly logo: string | undefined
  readonly css: string | undefined
}

export function assetPaths(mount: string, { logo, css }: Pick<PagesSettings, 'logo' | 'css'>): AssetPaths {
  const logoPath = logo && `${mount}/logo`
  return {
    style: `${mount}/style.css`,
    script: `${mount}/page.js`,
    icon: logoPath ?? `${mount}/icon.svg`,
    logo: logoPath,
    css: css === undefined ? undefined : `${mount}/brand.css`,
  }
}

/** A file that pages load. */
export interface PageAsset {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const headersOf = (contentType: string) => ({
  ...NO_STORE,
  'content-type': contentType,
  'x-content-type-options': 'nosniff',
})

const style = (body: string): PageAsset => ({ headers: headersOf('text/css; charset=utf-8'), body })
const script = (body: string): PageAsset => ({ headers: headersOf('text/javascript; charset=utf-8'), body })

// An SVG opened in a tab is a document of this origin. The policy keeps it from running scripts or loading files.
const picture = ({ contentType, body }: Picture): PageAsset => ({
  headers: {
    ...headersOf(contentType),
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  },
  body,
})

/** The files that pages load, by their paths under `routePrefix`. */
export function pageAssets(
  files: BrowserFiles,
  { logo, css }: PagesSettings,
): ReadonlyMap<string, PageAsset> {
  const icon = { contentType: 'image/svg+xml', body: Buffer.from(files['icon.svg']) }
  return new Map([
    ['/style.css', style(files['style.css'])],
    ['/page.js', script(files['page.js'])],
    ['/icon.svg', picture(icon)],
    ...(logo ? [['/logo', picture(logo)] as const] : []),
    ...(css === undefined ? [] : [['/brand.css', style(css)] as const]),
  ])
}
