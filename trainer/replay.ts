import fs from 'node:fs'
import nodePath from 'node:path'
import { fileURLToPath } from 'node:url'
import { EndonymError } from '../core/error.ts'
import { sha256File } from '../core/hash.ts'
import type { Language } from '../data/language.ts'
import type { RunWish } from './distill.ts'
import type { Scale } from './recipe.ts'
import { type RecordingHeader, readRecordingHeader } from './recording.ts'
import type { Teacher } from './teacher.ts'
import type { Translator } from './translator.ts'

/** A recording that a run is made from again, without asking anyone. */
export type Replay = {
  file: string
  shipped: boolean
  header: RecordingHeader
  teacher: Teacher
  translator: Translator
}

/** Where recordings lie that ship with Endonym. */
const folder = new URL('../data/recordings/', import.meta.url)

/**
 * Opens a recording: a file, or the one that ships for a recipe, language and scale.
 *
 * @throws EndonymError `recording_missing`, `recording_differs`, and what reading it throws.
 */
export async function openReplay(
  file: string | true,
  { recipe, language, scale }: { recipe: string; language: Language; scale: Scale },
): Promise<Replay> {
  const name = nameOf(recipe, language, scale)
  const path = file === true ? fileURLToPath(new URL(name, folder)) : nodePath.resolve(file)
  if (file === true && !fs.existsSync(path)) {
    const known = fs.readdirSync(folder).filter((each) => each.endsWith('.jsonl.gz'))
    throw new EndonymError(
      'recording_missing',
      `No recording ships for ${language.name} by ${recipe} at scale ${scale}. There are ${known.join(', ')}; name a file of your own with --replay FILE.`,
      { exitCode: 2 },
    )
  }
  const header = await readRecordingHeader(path)
  if (header.recipe !== recipe || header.language !== language.iso3 || header.scale !== scale) {
    throw new EndonymError(
      'recording_differs',
      `${path} is a recording of ${header.recipe} for ${header.language} at scale ${header.scale}, not of ${recipe} for ${language.iso3} at scale ${scale}.`,
      { exitCode: 2 },
    )
  }
  const refuse = () =>
    Promise.reject(
      new EndonymError(
        'not_recorded',
        `The recording ${path} does not answer what this run asks: it was made with other settings, or by another version. Leave --replay out to ask a teacher.`,
      ),
    )
  return {
    file: path,
    shipped: file === true,
    header,
    teacher: {
      name: header.teacher,
      title: `the recording of ${header.teacher}`,
      concurrency: 8,
      complete: refuse,
      dispose: async () => {},
    },
    translator: {
      name: header.translator,
      concurrency: 8,
      supports: () => true,
      translate: refuse,
      dispose: async () => {},
    },
  }
}

/** The wish of a replay: what the recording was made with. */
export async function replayedWish({ file, shipped, header }: Replay, wish: RunWish): Promise<RunWish> {
  return {
    ...wish,
    options: header.options,
    teacher: header.teacher,
    replay: { file: shipped ? 'shipped' : file, sha256: await sha256File(file) },
  }
}

/** Whether a recording ships for a recipe, language and scale. */
export function recordingShips({ recipe, language, scale }: Pick<RunWish, 'recipe' | 'language' | 'scale'>): boolean {
  return fs.existsSync(fileURLToPath(new URL(nameOf(recipe, language, scale), folder)))
}

const nameOf = (recipe: string, language: Language, scale: Scale) => `${recipe}-${language.iso3}-${scale}.jsonl.gz`
