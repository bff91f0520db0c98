import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from './command.ts'
import { freePort } from './redis.ts'

/** Why tests with nginx cannot run on this machine; false if they can. Throws in CI, where they have to run. */
export function withoutNginx(): string | false {
  if (spawnSync('nginx', ['-v']).status === 0) return false
  if (process.env['CI'] === 'true') throw new Error('nginx is missing, and CI needs it')
  return 'nginx is not installed'
}

const config = (dir: string, port: number, locations: string): string => `
daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
events { worker_connections 128; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  server {
    listen 127.0.0.1:${port};
    ${locations}
  }
}
`

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Starts an nginx for this test, on a free port of loopback, with these locations. */
export async function nginx(
  t: { teardown(run: () => unknown): unknown },
  locations: string,
): Promise<{ readonly port: number; readonly origin: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'docs-gate-nginx-'))
  const port = await freePort()
  await mkdir(join(dir, 'body'))
  await writeFile(join(dir, 'nginx.conf'), config(dir, port, locations))
  const child = start('nginx', ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')], dir)
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      await closed
    }
    await rm(dir, { recursive: true, force: true })
  })
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
    await sleep(20)
  }
  return { port, origin: `http://127.0.0.1:${port}` }
}
