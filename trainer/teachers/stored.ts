import { pullModel } from '../../models/sources.ts'
import { openModel, parseCandidate } from '../score/teachers.ts'
import type { Teacher } from '../teacher.ts'

/**
 * A model of the store, or a GGUF file, as a teacher in this process. It is pulled at once, so that what it is called is known, and loaded when it is first asked: a run that remembers every answer
 * needs no memory for it.
 *
 * @param address a model's name in the store, a GGUF file, or an address that `models pull` takes.
 * @throws EndonymError what pulling and loading a model throw, `no_chat_template`
 */
export async function storedTeacher(address: string, deps: Parameters<typeof openModel>[1]): Promise<Teacher> {
  const { sha256, name: title } = await pullModel(deps, address, deps)
  let opening: Promise<Teacher> | undefined
  const open = () => (opening ??= openModel(parseCandidate(address), deps))
  return {
    name: `local:${sha256}`,
    title,
    concurrency: 8,
    price: { prompt: 0, completion: 0 },
    complete: async (request, options) => (await open()).complete(request, options),
    completeAll: async (requests, options) => {
      const { completeAll, complete } = await open()
      return completeAll?.(requests, options) ?? Promise.all(requests.map((request) => complete(request, options)))
    },
    dispose: async () => {
      const opened = opening
      opening = undefined
      await (await opened?.catch(() => undefined))?.dispose()
    },
  }
}
