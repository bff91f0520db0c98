/** HTML in which all values are escaped. Made by {@link html}. */
export class SafeHtml {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string)

type Value = SafeHtml | string | number | undefined | false | readonly Value[]

function render(value: Value): string {
  if (value instanceof SafeHtml) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  return value === undefined || value === false ? '' : escapeHtml(String(value))
}

/**
 * A template tag that escapes its values, so that they are safe as text and in quoted attributes. Lists are joined,
 * undefined and false are left out, and nested templates are not escaped again.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): SafeHtml {
  return new SafeHtml(String.raw({ raw: strings }, ...values.map(render)))
}
