import { z } from 'zod'
import { downloadJson } from '../../core/download.ts'
import { EndonymError } from '../../core/error.ts'

/** A GGUF file on a Hugging Face hub. */
export type HubFile = {
  /** Its path in the repository. */
  file: string
  url: string
  /** Unknown where the hub keeps the file outside its large-file storage. */
  sha256: string | undefined
  headers: Record<string, string>
}

/** What we read of `GET /api/models/{repo}/revision/{revision}?blobs=true`. */
const modelInfo = z.object({
  sha: z.string().optional(),
  siblings: z.array(z.object({ rfilename: z.string(), lfs: z.object({ sha256: z.string() }).nullish() })).default([]),
})

/** What is taken where an address names only a repository: the usual trade of size against loss first, then more exact, then smaller. */
const preference = ['Q4_K_M', 'Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_S', 'Q4_1', 'Q4_0', 'BF16', 'F16', 'F32']

/**
 * Finds the file that `hf:owner/repo[@revision][/path/file.gguf]` means. Asks the hub at `HF_ENDPOINT` with `HF_TOKEN`, where they are set.
 *
 * @throws EndonymError `address_unknown`, `hub_no_gguf`, `hub_split`, `not_a_hub`, `network`, `http_status`
 */
export async function findHubFile(address: string, signal?: AbortSignal): Promise<HubFile> {
  const parsed = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w.-]+))?(?:\/(.+))?$/.exec(address)
  if (!parsed)
    throw new EndonymError(
      'address_unknown',
      `"${address}" is no hub address: write hf:owner/repo, hf:owner/repo/file.gguf or hf:owner/repo@revision/file.gguf.`,
      { exitCode: 2 },
    )
  const [, repo = '', revision = 'main', wanted] = parsed
  const endpoint = (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  const token = process.env.HF_TOKEN?.trim()
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  const path = revision === 'main' ? '' : `/revision/${revision}`
  const answer = await downloadJson(`${endpoint}/api/models/${repo}${path}?blobs=true`, {
    headers,
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (error instanceof EndonymError && error.code === 'not_json') return undefined
    throw error
  })
  const info = modelInfo.safeParse(answer)
  if (!info.success)
    throw new EndonymError('not_a_hub', `${endpoint} does not answer as a model hub does. Check HF_ENDPOINT.`)
  const { siblings, sha } = info.data
  const sibling = choose(repo, siblings, wanted)
  const file = sibling.rfilename
  return {
    file,
    // The commit rather than the branch: a part that is continued tomorrow is of the same file.
    url: `${endpoint}/${repo}/resolve/${sha ?? revision}/${file.split('/').map(encodeURIComponent).join('/')}`,
    sha256: sibling.lfs?.sha256,
    headers,
  }
}

function choose<File extends { rfilename: string }>(repo: string, files: File[], wanted: string | undefined): File {
  const models = files.filter(({ rfilename }) => /\.gguf$/i.test(rfilename) && !/mmproj|imatrix/i.test(rfilename))
  const whole = models.filter(({ rfilename }) => !isSplit(rfilename))
  const names = whole.map(({ rfilename }) => rfilename)
  if (wanted !== undefined) {
    const file = files.find(({ rfilename }) => rfilename === wanted)
    if (file && isSplit(wanted)) throw split(repo)
    if (file) return file
    throw new EndonymError(
      'hub_no_gguf',
      `${repo} has no file ${wanted}. ${names.length > 0 ? `It has ${names.join(', ')}.` : 'It has no GGUF file at all.'}`,
      { exitCode: 2 },
    )
  }
  for (const type of preference) {
    const file = whole.find(({ rfilename }) => rfilename.toUpperCase().split(/[-./]/).includes(type))
    if (file) return file
  }
  if (whole[0]) return whole[0]
  if (models.length > 0) throw split(repo)
  throw new EndonymError(
    'hub_no_gguf',
    `${repo} has no GGUF file. Look for a repository of the same model whose name ends in -GGUF.`,
    { exitCode: 2 },
  )
}

/** `…-00001-of-00003.gguf` */
function isSplit(file: string): boolean {
  return /-\d{5}-of-\d{5}\.gguf$/i.test(file)
}

function split(repo: string): EndonymError {
  return new EndonymError(
    'hub_split',
    `${repo} has this model only in several pieces, which Endonym does not join. Name a file that is whole: hf:${repo}/file.gguf.`,
    { exitCode: 2 },
  )
}
