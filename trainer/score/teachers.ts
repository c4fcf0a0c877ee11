import { EndonymError } from '../../core/error.ts'
import type { Progress } from '../../core/progress.ts'
import type { Runtime } from '../../models/runtime.ts'
import { pullModel } from '../../models/sources.ts'
import type { ModelDeps } from '../../models/store.ts'
import type { Teacher } from '../teacher.ts'
import { localTeacher } from '../teachers/local.ts'

/** A candidate as a person names it: `URL#model` for an endpoint, else a model of the store, a GGUF file or an address that `models pull` takes. */
export type Candidate = { address: string; title: string; endpoint?: Endpoint }

/** A model of an OpenAI-compatible endpoint. */
export type Endpoint = { url: string; model: string }

/**
 * Reads a list of teachers with commas between.
 *
 * @throws EndonymError `usage` for an endpoint without a model, or two of one name.
 * @example parseCandidates('smollm2-135m-instruct,http://127.0.0.1:11434/v1#gemma3:27b')
 */
export function parseCandidates(list: string): Candidate[] {
  const candidates = list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .map(parseCandidate)
  const seen = new Set<string>()
  for (const { title } of candidates) {
    if (seen.has(title)) throw usage(`"${title}" is named twice: give every teacher once, under a name of its own.`)
    seen.add(title)
  }
  return candidates
}

export function parseCandidate(address: string): Candidate {
  if (!/^https?:\/\//.test(address) || /\.gguf$/i.test(address)) {
    return { address, title: address.replace(/^.*[/\\]/, '').replace(/\.gguf$/i, '') || address }
  }
  const [url = '', model = ''] = address.split(/#(.*)/s)
  if (model === '')
    throw usage(`"${address}" names no model: write an endpoint's teacher as http://127.0.0.1:11434/v1#model.`)
  return { address, title: model, endpoint: { url, model } }
}

const usage = (sentence: string) => new EndonymError('usage', sentence, { exitCode: 2 })

/** Tokens of a sequence: a prompt with its examples and a response of the small scale fit. */
const contextSize = 2048

/**
 * Opens a candidate that is a model as a teacher; what is disposed of is its model too.
 *
 * @throws EndonymError what pulling and loading a model throw.
 */
export async function openModel(
  { address, title }: Candidate,
  deps: ModelDeps & { runtime: Runtime; progress: Progress; signal: AbortSignal },
): Promise<Teacher> {
  const { runtime, progress, signal } = deps
  const { file, sha256 } = await pullModel(deps, address, { progress, signal })
  const model = await runtime.load(file, { signal })
  if (model.chatTemplate === undefined) {
    await model.dispose()
    throw new EndonymError(
      'no_chat_template',
      `"${title}" is no chat model, so it cannot teach. Name another teacher.`,
      {
        exitCode: 2,
      },
    )
  }
  const teacher = localTeacher(await model.open({ contextSize, sequences: 8 }), { sha256, title })
  return {
    ...teacher,
    dispose: async () => {
      await teacher.dispose()
      await model.dispose()
    },
  }
}
