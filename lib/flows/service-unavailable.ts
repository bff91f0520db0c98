import { DocumentBusyError } from '../errors.ts'
import type { Gate } from '../gate/gate.ts'
import { isNavigation, wantsPage } from '../http/navigation.ts'
import { isUnavailable } from '../http/outcome.ts'
import { originForm, type RequestLike } from '../http/request.ts'
import type { HttpResponse } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { pageResponse } from '../pages/page.ts'
import { unavailablePage } from '../pages/small-pages.ts'

// Each returns undefined where the error is to be thrown: to programs, and any other error.

/** The page of the documentation routes while users cannot be identified. A host's routes answer in their own way. */
export function docsErrorPage(
  { pages, paths }: Gate,
  error: unknown,
  request: RequestLike,
): HttpResponse | undefined {
  const isBusy = error instanceof DocumentBusyError
  if (!(isBusy || isUnavailable(error)) || !isNavigation(request)) return undefined
  const { url } = request
  const again = parseReturnTo(originForm(url), paths.reserved) ?? paths.afterLogin
  const text = isBusy ? pages.texts.documentBusy : pages.texts.unavailableText
  return pageResponse(pages, 503, unavailablePage(pages, { url, text, again, isHere: true }))
}

/** The page of a logout that could not end the session. */
export function logoutErrorPage(
  { pages, paths }: Gate,
  error: unknown,
  request: RequestLike,
): HttpResponse | undefined {
  if (!isUnavailable(error) || !wantsPage(request)) return undefined
  const { url } = request
  const text = pages.texts.unavailableLogOut
  return pageResponse(pages, 503, unavailablePage(pages, { url, text, again: paths.logout, isHere: false }))
}
