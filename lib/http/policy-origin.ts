// The URL parser takes more for a host than a policy does: `;`, `,` and `*` would end a directive, or begin another.
const ORIGIN = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/

/** The origin of a URL where it is one that can stand in a policy. */
export function policyOrigin(url: string): readonly string[] {
  // Relative to the scheme of whoever reads it.
  if (url.startsWith('//')) return [`https:${url}`, `http:${url}`].flatMap(policyOrigin)
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  return ORIGIN.test(origin) ? [origin] : []
}
