// An import statement, which the formatter may have wrapped over several lines, or the `export` before a declaration.
const IMPORTS_AND_EXPORTS = /^(?:import\s[^'"]*['"][^'"]*['"];?\n|export )/gm

/**
 * Joins modules to one classic script, which runs at once. A module script would run after the whole document is parsed.
 *
 * The modules share one scope, a function. So each must come after those that it imports, by the names that they declare
 * (no `as`, no `default`), and no two may declare the same name.
 */
export const classicScript = (modules: readonly string[]): string =>
  `(() => {\n'use strict'\n${modules.join('\n').replace(IMPORTS_AND_EXPORTS, '')}})()\n`
