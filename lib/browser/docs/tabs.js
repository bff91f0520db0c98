// Messages between the tabs of one gate. A tab never trusts a message, but asks the server.

/** @typedef {'signed-in' | 'signed-out'} TabMessage */

/**
 * @param {string} gate distinguishes the gates of one origin
 * @param {(message: TabMessage) => void} onMessage
 * @returns {(message: TabMessage) => void} sends a message to the other tabs
 */
export function connectTabs(gate, onMessage) {
  const channel = new BroadcastChannel(`docs-gate ${gate}`)
  channel.addEventListener('message', ({ data }) => onMessage(data))
  return (message) => channel.postMessage(message)
}
