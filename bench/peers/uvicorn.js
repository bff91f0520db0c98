// The Python services, run by uvicorn with one worker. The system's Python is tried as well, because the first one in
// the PATH may lack the packages.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort } from '../harness/servers.js'
import { SECRET } from '../services/shared.js'

const HERE = fileURLToPath(new URL('./', import.meta.url))
const PACKAGES = ['uvicorn', 'fastapi', 'starlette', 'multipart', 'jose', 'passlib', 'argon2', 'bcrypt']

// The packages are not imported, which would take a second.
const LOOK = `
from importlib.util import find_spec
from sys import argv, exit
exit(not all(find_spec(name) for name in argv[1:]))
`

function hasPackages(python) {
  try {
    execFileSync(python, ['-c', LOOK, ...PACKAGES], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A Python with the packages that the services need; undefined if there is none. */
export const findPython = () => ['python3', '/usr/bin/python3'].find(hasPackages)

/** The reason for which a row is skipped. */
export const NO_PYTHON = `no python3 that has ${PACKAGES.join(', ')}; see README.md`

/**
 * Starts `fastapi_service` or `starlette_service`, with one user, johndoe.
 *
 * @param {{ python: string, module: string, hash: string, operations: number }} settings
 */
export async function startUvicorn(context, { python, module, hash, operations }) {
  const port = await freePort()
  return context.startProgram({
    name: module,
    command: python,
    args: [
      '-m',
      'uvicorn',
      `${module}:app`,
      '--port',
      String(port),
      '--no-access-log',
      '--log-level',
      'warning',
    ],
    port,
    cwd: HERE,
    env: {
      BENCH_SECRET: SECRET,
      BENCH_HASH: hash,
      BENCH_OPERATIONS: String(operations),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  })
}
