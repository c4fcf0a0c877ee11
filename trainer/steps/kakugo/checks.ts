import type { Language } from '../../../data/language.ts'
import type { Dropped, Example } from '../../example.ts'
import { type Filter, firstDrop, languageId, looping, persona, script, stillEnglish } from '../filters.ts'
import { createNearDuplicates } from '../near-duplicates.ts'

/** A verdict on a text; the id is what near-duplicates of it will be said to be of. */
export type Judge = (text: string, id: string) => Dropped | undefined

/** What a text is in a conversation. */
export type Field = 'prompt' | 'answer' | 'thoughts'

/** What never belongs into training data, whatever language it is in. */
const patterns: readonly { by: string; found: RegExp; fields: readonly Field[] }[] = [
  { by: 'encoding', found: /\ufffd/, fields: ['prompt', 'answer', 'thoughts'] },
  { by: 'media', found: /<(image|video|audio)>/i, fields: ['prompt', 'answer', 'thoughts'] },
  {
    by: 'placeholder',
    found: /^[^\p{L}\p{N}]*$|\[(your|insert|name)\b[^\]]*\]/iu,
    fields: ['prompt', 'answer', 'thoughts'],
  },
  {
    by: 'chat markers',
    found: /<\|[a-z_]+\|>|\[\/?INST\]|^(user|assistant)\s*:/im,
    fields: ['prompt', 'answer', 'thoughts'],
  },
  {
    by: 'reasoning leak',
    found:
      /<\/?think(ing)?>|^(we need to|the user (asks|wants|is asking)|let'?s (think|see|craft)|okay, (so )?the user)\b/im,
    fields: ['prompt', 'answer'],
  },
  { by: 'address', found: /https?:\/\/|\bwww\.\w/i, fields: ['answer', 'thoughts'] },
]

/** The paper's own: that a text can be text at all, and speaks of no picture that is not there. */
const always = new Set(['encoding', 'media'])

/**
 * Judges single texts of one field: well formed, no placeholders, markers, addresses, leaked reasoning, refusals, loops; in the language and its script, no slip into English.
 *
 * @param options.checks off: only what the paper checks.
 * @param options.language left out where the text is to be in English.
 */
export function textCheck({
  language,
  field,
  checks,
}: {
  language?: Language
  field: Field
  checks: boolean
}): (text: string) => Dropped | undefined {
  const filters: Filter[] = checks
    ? [
        looping,
        ...(field === 'answer' ? [persona] : []),
        ...(language ? [script(language, 0.7), stillEnglish(0.15), languageId(language)] : []),
      ]
    : []
  return (text) => {
    if (!text.isWellFormed()) return { by: 'encoding', reason: 'it is no well-formed Unicode' }
    for (const { by, found, fields } of patterns) {
      if (!fields.includes(field) || !(checks || always.has(by))) continue
      const match = found.exec(text)
      if (match) return { by, reason: `"${match[0].slice(0, 40)}"` }
    }
    // Programs are in no language.
    const message = { role: 'assistant' as const, content: text.replaceAll(/```[\s\S]*?(```|$)/g, ' ') }
    return firstDrop({ ...nothing, source: [message], target: [message] }, filters)
  }
}

const nothing: Example = { id: '', kind: '', parents: [], requests: [] }

/** Finds texts that were there before: near-copies from `threshold` on, or, where it is 0, only the same text again. */
export function duplicateCheck(threshold: number): Judge {
  if (threshold > 0) {
    const seen = createNearDuplicates(threshold)
    return (text, id) => {
      const twin = seen(text, id)
      return twin === undefined ? undefined : { by: 'near-duplicate', reason: `of ${twin}` }
    }
  }
  const known = new Map<string, string>()
  return (text, id) => {
    const twin = known.get(text)
    if (twin === undefined) known.set(text, id)
    return twin === undefined ? undefined : { by: 'duplicate', reason: `of ${twin}` }
  }
}

/** The first objection of several judges. */
export function judgeAll(judges: readonly Judge[]): Judge {
  return (text, id) => {
    for (const judge of judges) {
      const dropped = judge(text, id)
      if (dropped) return dropped
    }
    return undefined
  }
}
