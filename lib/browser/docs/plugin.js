// What is different from Swagger UI's own: its plugin interface is the documented way.

/**
 * @typedef {{ createElement(type: unknown, props: object, child: unknown): unknown }} React
 * @typedef {{ path: string, text: string }} LinkProps
 */

// The bar stays on screen, and Swagger UI's own way to scroll knows no scroll-padding.
const scrollToElement = () => (/** @type {Element | null} */ element) => element?.scrollIntoView()

// An operation's link stands inside the button that opens it, which puts the same address into the location.
/** @type {(Link: unknown, system: { React: React }) => (props: LinkProps) => unknown} */
const DeepLink = (Link, { React }) => {
  return (props) =>
    props.path.includes('/')
      ? React.createElement('span', {}, props.text)
      : React.createElement(Link, props, undefined)
}

export const plugin = {
  statePlugins: { layout: { wrapActions: { scrollToElement } } },
  wrapComponents: { DeepLink },
}
