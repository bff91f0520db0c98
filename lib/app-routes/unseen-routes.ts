import { type Constraints, constraintsText } from './constraints.ts'
import type { PrintedRoute } from './early-routes.ts'
import { type RouteGuard, unseenRoutes } from './route-guards.ts'

interface Group {
  readonly constraints: Constraints | undefined
  readonly lines: Set<string>
  readonly seen: RouteGuard[]
}

/** The printed routes whose declaration was not seen. Routes that differ by host or version are different. */
export function unseenPrintedRoutes(
  printed: readonly PrintedRoute[],
  seen: readonly RouteGuard[],
  normalize: (url: string) => string,
): readonly RouteGuard[] {
  const groups = new Map<string, Group>()
  for (const { route, constraints } of printed) {
    const text = constraintsText(constraints)
    const group = groups.get(text) ?? { constraints, lines: new Set(), seen: [] }
    groups.set(text, group)
    group.lines.add(route)
  }
  for (const route of seen) groups.get(constraintsText(route.constraints))?.seen.push(route)
  return [...groups.values()].flatMap(({ constraints, lines, seen: alike }) =>
    unseenRoutes([...lines], alike, normalize).map((route) =>
      constraints ? { ...route, constraints } : route,
    ),
  )
}
