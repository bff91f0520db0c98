import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The library for YAML. Loading it takes as long as all modules of the gate, so it is left until there is YAML. */
export const yaml = () => require('yaml') as typeof import('yaml')
