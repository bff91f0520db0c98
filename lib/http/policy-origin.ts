// Stricter than the URL parser, which accepts `;`, `,` and `*` in a host. They have a meaning of their own in a policy.
const ORIGIN = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/

/** The origin of a URL for a Content-Security-Policy; empty if the policy cannot contain it. */
export function policyOrigin(url: string): readonly string[] {
  // Without a scheme, the URL has the scheme of the page.
  if (url.startsWith('//')) return [`https:${url}`, `http:${url}`].flatMap(policyOrigin)
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  return ORIGIN.test(origin) ? [origin] : []
}
