// nginx and Caddy, which serve the same files with Basic authentication. Their configuration is in a temporary folder.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../harness/servers.js'

const nginxConfig = (folder, port) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  types { application/json json; text/css css; text/javascript js; }
  gzip on;
  gzip_types application/json text/css text/javascript;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/files;
    auth_basic "API documentation";
    auth_basic_user_file ${folder}/htpasswd;
  }
}
`

const caddyConfig = (folder, port, hash) => `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  root * ${folder}/files
  basicauth * {
    johndoe ${hash}
  }
  encode gzip
  file_server
}
`

/** Writes the files so that a worker process of another user can read them. */
export function layOut(folder, files, hash) {
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'files'))
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, 'files', name), body)
  writeFileSync(join(folder, 'htpasswd'), `johndoe:${hash}\n`)
}

/** nginx with one worker, because the gate is one process. */
export async function startNginx(context, folder) {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, nginxConfig(folder, port))
  const args = ['-p', folder, '-c', file]
  return context.startProgram({ name: 'nginx', command: 'nginx', args, port, cwd: folder })
}

/** Caddy on one core, for the same reason. */
export async function startCaddy(context, folder, hash) {
  const port = await freePort()
  const file = join(folder, 'Caddyfile')
  writeFileSync(file, caddyConfig(folder, port, hash))
  const args = ['run', '--config', file, '--adapter', 'caddyfile']
  const env = { GOMAXPROCS: '1', XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  return context.startProgram({ name: 'Caddy', command: 'caddy', args, port, cwd: folder, env })
}
