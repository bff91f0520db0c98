import { isData, scriptSource } from './ui-config.ts'

/** How a page starts Swagger UI. */
export interface Initializer {
  /** Starts it by itself, for a configuration that is code. */
  readonly script: string
  /** The same as JSON, which the page can carry instead; undefined where there is code in it. */
  readonly data: string | undefined
}

/**
 * @param startReference the module that starts the page, relative to the script
 * @param spec the document, relative to the page's directory
 */
export function initializer(
  startReference: string,
  spec: string,
  uiConfig: Readonly<Record<string, unknown>>,
  option: string,
): Initializer {
  const source = scriptSource(`${option}.uiConfig`, uiConfig)
  const specSource = JSON.stringify(spec)
  return {
    script: `import { start } from ${JSON.stringify(startReference)};\nstart(${specSource}, ${source});\n`,
    data: isData(uiConfig) ? `{"spec":${specSource},"uiConfig":${source}}` : undefined,
  }
}
