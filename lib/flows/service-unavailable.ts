import { DocumentBusyError } from '../errors.ts'
import type { Gate } from '../gate/gate.ts'
import { isNavigation, wantsPage } from '../http/navigation.ts'
import { isUnavailable } from '../http/outcome.ts'
import { originForm, type RequestLike } from '../http/request.ts'
import type { HttpResponse } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { pageResponse } from '../pages/page.ts'
import { unavailablePage } from '../pages/small-pages.ts'

/**
 * What a browser is shown in an error's stead while nobody can be known; undefined where the error is to be thrown: to
 * programs, and any other error.
 */
type ErrorPage = (gate: Gate, error: unknown, request: RequestLike) => HttpResponse | undefined

/** Of the gate's own documentation: what a host's routes answer is for the host to say. */
export const docsErrorPage: ErrorPage = ({ pages, paths }, error, request) => {
  const isBusy = error instanceof DocumentBusyError
  if (!(isBusy || isUnavailable(error)) || !isNavigation(request)) return undefined
  const { url } = request
  const again = parseReturnTo(originForm(url), paths.reserved) ?? paths.afterLogin
  const text = isBusy ? pages.texts.documentBusy : pages.texts.unavailableText
  return pageResponse(pages, 503, unavailablePage(pages, { url, text, again, isHere: true }))
}

/** Of a logout. */
export const logoutErrorPage: ErrorPage = ({ pages, paths }, error, request) => {
  if (!isUnavailable(error) || !wantsPage(request)) return undefined
  const { url } = request
  const text = pages.texts.unavailableLogOut
  return pageResponse(pages, 503, unavailablePage(pages, { url, text, again: paths.logout, isHere: false }))
}
