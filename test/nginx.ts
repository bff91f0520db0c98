import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from './command.ts'
import { freePort } from './redis.ts'
import { until } from './until.ts'

type Test = { teardown(run: () => unknown): unknown }

/** Why tests behind nginx cannot run here; false where they can. In CI they have to. */
export function withoutNginx(): string | false {
  if (spawnSync('nginx', ['-v']).status === 0) return false
  if (process.env['CI'] === 'true') throw new Error('nginx is missing, and CI needs it')
  return 'nginx is not installed'
}

const configuration = (folder: string, port: number, server: string): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isOpen
}

/** Starts nginx with one server on a free port of loopback, and resolves to the port. */
export async function nginx(t: Test, server: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-gate-nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, server))
  const child = start('nginx', ['-p', folder, '-c', file], folder)
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await closed
    await rm(folder, { recursive: true, force: true })
  })
  await until(() => listens(port), 20_000)
  return port
}
