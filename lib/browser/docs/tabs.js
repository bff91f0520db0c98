// What the tabs of one gate tell each other. A tab believes none of it: it asks the server.

/** @typedef {'signed-in' | 'signed-out'} News */

/**
 * @param {string} gate what tells this gate from another one of the same origin
 * @param {(news: News) => void} hear
 * @returns {(news: News) => void} tells the other tabs
 */
export function joinTabs(gate, hear) {
  const channel = new BroadcastChannel(`docs-gate ${gate}`)
  channel.addEventListener('message', ({ data }) => hear(data))
  return (news) => channel.postMessage(news)
}
