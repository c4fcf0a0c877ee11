import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import { run } from '../../core/process.ts'
import type { Language } from '../../data/language.ts'
import type { Translation, Translator } from '../translator.ts'

/** Lines handed to one process at most: small enough that an interrupted run loses little, large enough that starting it costs nothing. */
const batchLines = 400

/**
 * The rule-based translator Apertium, as the program on this machine (Debian packages `apertium` and one a language pair, such as `apertium-en-gl`).
 *
 * Texts that are asked for at the same time go through one process, because starting the program costs as much as translating a hundred sentences.
 *
 * @throws EndonymError `program_missing` when Apertium is not installed.
 */
export async function openApertium(): Promise<Translator> {
  const [{ stdout: version }, { stdout: list }] = await Promise.all([run('apertium', ['-V']), run('apertium', ['-l'])])
  const directions = new Set(
    list
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
  )
  const release = /Apertium\s+([\d.]+)/.exec(version)?.[1] ?? 'unknown'
  const queues = new Map<string, Job[]>()

  const flush = async (direction: string) => {
    const jobs = queues.get(direction) ?? []
    queues.delete(direction)
    while (jobs.length > 0) {
      const batch: Job[] = []
      for (let lines = 0; jobs[0] && (batch.length === 0 || lines + jobs[0].lines.length <= batchLines); ) {
        const job = jobs.shift() as Job
        lines += job.lines.length
        batch.push(job)
      }
      await translateBatch(direction, batch)
    }
  }

  return {
    name: `apertium ${release}`,
    concurrency: 64,
    supports: (from, to) => directionOf(directions, from, to) !== undefined,
    translate: (text, from, to) => {
      const direction = directionOf(directions, from, to)
      if (!direction) throw new RangeError(`Apertium has no ${from.bcp47}-${to.bcp47}`) // checkPair comes first
      return new Promise((resolve, reject) => {
        const queue = queues.get(direction)
        const job = { lines: prepare(from.iso1 === 'en' ? contract(text) : text), resolve, reject }
        if (queue) queue.push(job)
        else {
          queues.set(direction, [job])
          setImmediate(() => void flush(direction))
        }
      })
    },
    dispose: async () => {},
  }
}

type Job = { lines: string[]; resolve: (translation: Translation) => void; reject: (reason: unknown) => void }

/** Lines are handed over as paragraphs, which Apertium never joins. (Its format `line` would keep lines apart as well, but swallows the full stop at their end.) */
const paragraph = '\n\n'

async function translateBatch(direction: string, jobs: Job[]): Promise<void> {
  // By way of a file: the program opens /dev/stdin by its name, which fails on the sockets that Node gives its children.
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'endonym-apertium-'))
  try {
    const input = jobs.flatMap((job) => job.lines.map((line) => line.trim()).filter(Boolean))
    const file = path.join(folder, 'input.txt')
    await fs.writeFile(file, `${input.join(paragraph)}\n`)
    const { code, stdout, stderr } = await run('apertium', ['-f', 'txt', direction, file])
    const output = input.length === 0 ? [] : stdout.replace(/\n$/, '').split(paragraph)
    if (code !== 0 || output.length !== input.length) {
      throw new EndonymError(
        'translator_failed',
        `Apertium (${direction}) gave ${output.length} paragraphs for ${input.length}${stderr ? `: ${stderr.slice(0, 500)}` : '.'}`,
      )
    }
    for (const { lines, resolve } of jobs) {
      resolve(readTranslation(lines.map((line) => (line.trim() === '' ? '' : (output.shift() ?? ''))).join('\n')))
    }
  } catch (error) {
    for (const job of jobs) job.reject(error)
  } finally {
    await fs.rm(folder, { recursive: true, force: true })
  }
}

/** After a noun, "does" is the plural of "doe" to Apertium's English: "As cervas de máquina non traballan" for "The machine does not work". The contraction it reads right. */
function contract(english: string): string {
  return english.replace(/\b([Dd])oes not\b/g, "$1oesn't")
}

/** The lines of a text as Apertium can take them: an asterisk is its mark of an unknown word, so Markdown's go; so do control characters. */
export function prepare(text: string): string[] {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/^[ \t]*\*[ \t]+/gm, '- ')
    .replaceAll('*', '')
    .replace(/[\p{Cc}\u2028\u2029]/gu, (character) => (character === '\n' ? '\n' : ' '))
    .split('\n')
}

/** Takes the marks of unknown words out of Apertium's output (`*` unknown, `#` not generated, `@` not in the bilingual dictionary), and the spaces that a dropped word leaves doubled. */
export function readTranslation(output: string): Translation {
  const unknown: string[] = []
  const text = output
    .replace(/(?<=\S) {2,}/g, ' ')
    .replace(/[*#@]([\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*)/gu, (_, word: string) => {
      unknown.push(word)
      return word
    })
  return { text, unknown }
}

/** Apertium names its directions by ISO 639-1 or -3, sometimes one of each: `en-gl`, `eng-cat`, `eo-en`. */
function directionOf(directions: ReadonlySet<string>, from: Language, to: Language): string | undefined {
  for (const source of [from.iso1, from.iso3]) {
    for (const target of [to.iso1, to.iso3]) {
      if (source && target && directions.has(`${source}-${target}`)) return `${source}-${target}`
    }
  }
  return undefined
}
