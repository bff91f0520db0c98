import { isData, scriptSource } from './ui-config.ts'

/** How a page starts Swagger UI. */
export type Initializer = ReturnType<typeof initializer>

/**
 * @param startReference the module that starts the page, relative to the script
 * @param spec the document, relative to the page's directory
 */
export function initializer(
  startReference: string,
  spec: string,
  uiConfig: Readonly<Record<string, unknown>>,
  option: string,
) {
  const source = scriptSource(`${option}.uiConfig`, uiConfig)
  const specSource = JSON.stringify(spec)
  return {
    /** A module that starts Swagger UI by itself. */
    script: `import { start } from ${JSON.stringify(startReference)};\nstart(${specSource}, ${source});\n`,
    /** The same as JSON inside the page; undefined if the configuration contains functions or regular expressions. */
    data: isData(uiConfig) ? `{"spec":${specSource},"uiConfig":${source}}` : undefined,
  }
}
