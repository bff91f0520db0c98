import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Teardown = { teardown(run: () => unknown): unknown }

/** A certificate for 127.0.0.1 that nobody but these browsers trusts. */
export async function selfSigned(t: Teardown): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-gate-tls-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2']
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', ...kind, ...name, '-keyout', keyFile, '-out', certFile], { stdio: 'pipe' })
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile)])
  return { key, cert }
}
