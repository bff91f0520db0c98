import { testEngine } from './engine-visits.ts'
import { FIREFOX, WEBKIT } from './engines.ts'

for (const engine of [FIREFOX, WEBKIT]) testEngine(engine)
