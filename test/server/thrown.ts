import { APIError } from 'openai'

/** The error that OpenAI's client throws. */
export async function thrown(work: Promise<unknown>): Promise<APIError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof APIError)) throw new Error(`Not refused by an APIError but: ${String(error)}`)
  return error
}
