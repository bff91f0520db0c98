import { WriteStream } from 'node:tty'

const MONOCHROME_BITS = 1

/**
 * Whether a stream is written to in colours: where it is a terminal that has some, unless NO_COLOR says otherwise.
 * FORCE_COLOR overrules both, as everywhere in Node; so does its 0.
 * @see https://no-color.org
 */
export function hasColors({ isTTY = false }: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  // Node takes an empty NO_COLOR for one in some versions, and warns of one beside FORCE_COLOR in others.
  const { NO_COLOR: noColor, ...rest } = env
  const isForced = rest['FORCE_COLOR'] !== undefined
  if (!isForced && (!isTTY || noColor)) return false
  return WriteStream.prototype.getColorDepth(rest) > MONOCHROME_BITS
}
