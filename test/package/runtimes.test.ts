import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { finished, start } from '../command.ts'
import { HASHES, SECRET } from '../helper.ts'

const SMOKE = join(process.cwd(), 'test/fixtures/smoke.js')

/** How each runtime is started. Where one is, if not on the PATH, a variable of its name in capitals says. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  node: [],
  bun: [],
  deno: ['run', '--allow-all', '--no-lock'],
}

for (const [name, argv] of Object.entries(RUNTIMES)) {
  const command = name === 'node' ? process.execPath : (process.env[name.toUpperCase()] ?? name)
  const isMissing = spawnSync(command, ['--version']).status !== 0
  t.test(
    `${name} runs a service with the gate`,
    { skip: isMissing && `there is no ${name} here` },
    async (t) => {
      const environment = { JOHNDOE_HASH: HASHES.secret, DOCS_GATE_SECRET: SECRET }
      const { code, output, errors } = await finished(
        start(command, [...argv, SMOKE], process.cwd(), environment),
      )
      t.equal(code, 0, errors)
      t.strictSame(JSON.parse(output), {
        statuses: {
          '/users/me': [401, 200],
          '/docs': [401, 200],
          '/openapi.json': [401, 200],
          '/openapi.yaml': [401, 200],
          '/docs/static/swagger-ui-bundle.js': [401, 200],
        },
        hasStdin: true,
      })
    },
  )
}
