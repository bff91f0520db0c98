// One process for all tests in Chromium: to start it and the browser, and to show Swagger UI for the first time, takes longer
// than most of them. Each file runs by itself too: `npx tap test/browser/session.ts`.
import './behind-proxy.ts'
import './chromium-visits.ts'
import './docs-page.ts'
import './pages.ts'
import './policy.ts'
import './session.ts'
import './visit.ts'
