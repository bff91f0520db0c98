// Starts the demo service. Run `npm start` in the project's folder; the environment variable PORT sets the port.
import { buildService } from './service.js'

const port = Number(process.env.PORT ?? 3000)
const service = await buildService({ logger: { level: 'warn' } })
const origin = await service.listen({ host: '127.0.0.1', port })

console.log(`
  The demo service is at ${origin}

  Documentation   ${origin}/docs
  Log in as       johndoe / secret    (scope: admin)
                  jane / secret2
                  alice / wonderland  (disabled: refused)

  As a program    curl -u johndoe:secret ${origin}/auth/login
                  curl -H "Authorization: Bearer TOKEN" ${origin}/users/me

  Stop with Ctrl+C.
`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => service.close())
