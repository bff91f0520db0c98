import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// What axe-core reports of the rules that are kept would cost as much again.
const RUN = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe-core finds wrong with a page, by all its rules. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const violations = await page.evaluate<readonly Violation[]>(RUN)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  )
}
