import { WriteStream } from 'node:tty'

const MONOCHROME_BITS = 1

/**
 * Whether output to a stream is coloured: on a terminal with colours, unless NO_COLOR is set. FORCE_COLOR overrides
 * both, as everywhere in Node; FORCE_COLOR=0 turns colours off.
 * @see https://no-color.org
 */
export function hasColors({ isTTY = false }: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  // Some versions of Node honour an empty NO_COLOR; others warn if both NO_COLOR and FORCE_COLOR are set.
  const { NO_COLOR: noColor, ...rest } = env
  const isForced = rest['FORCE_COLOR'] !== undefined
  if (!isForced && (!isTTY || noColor)) return false
  return WriteStream.prototype.getColorDepth(rest) > MONOCHROME_BITS
}
