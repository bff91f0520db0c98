import { OptionsError } from '../../errors.ts'
import type { OpenApiDocument } from '../../openapi/document.ts'
import { DocumentError } from '../../openapi/document-error.ts'
import { type ReadOptions, readDocument } from '../../openapi/source/source.ts'

/**
 * The document that an option names: an object, the path of a JSON or YAML file, or its URL.
 *
 * @param option the name of the option, for the message of the error
 * @throws `DOCS_GATE_OPTIONS` with the place of what is wrong
 */
export async function loadDocument(
  source: string | object,
  option: string,
  options?: ReadOptions,
): Promise<OpenApiDocument> {
  try {
    return await readDocument(source, options)
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    const { message, cause } = error
    throw new OptionsError(`${option}: ${message}`, cause === undefined ? undefined : { cause })
  }
}
