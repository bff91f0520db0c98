export type Teardown = { teardown(run: () => unknown): unknown }

/** What a browser's password dialog is answered with. */
export interface Answer {
  readonly username: string
  readonly password: string
}

/** One tab of a browser that has seen nothing before. */
export interface Tab {
  goto(url: string): Promise<unknown>
  back(): Promise<unknown>
  url(): Promise<string>
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>
  click(selector: string): Promise<unknown>
  type(selector: string, text: string): Promise<unknown>
}

/** A browser engine, driven in one way whichever it is. */
export interface Engine {
  readonly name: string
  /** Why its tests are skipped; false where they run. In CI they always run. */
  readonly skip: string | false
  /** Whether the driver can answer the password dialog of Basic. */
  readonly answersDialogs: boolean
  /** Starts it, to be stopped in teardown; each tab has seen nothing before, accepts any certificate and is closed in teardown. */
  start(t: Teardown): Promise<(t: Teardown, answer?: Answer) => Promise<Tab>>
}
