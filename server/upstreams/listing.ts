import { z } from 'zod'
import { languageNamed } from '../../data/languages.ts'
import { read } from './answers.ts'
import type { UpstreamModel } from './settings.ts'

/** A model that an upstream lists, with what another Endonym says of it. */
export type ListedModel = UpstreamModel & { role?: 'base' | 'adapter' | 'student'; createdAt?: string }

const printable = z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u)

const listing = z.object({ data: z.array(z.unknown()).max(1000) })

const entry = z.object({
  id: printable,
  created: z.int().min(0).max(8_640_000_000_000).catch(0),
  endonym: z
    .object({
      role: z.enum(['base', 'adapter', 'student']),
      language: printable.nullish(),
      base: printable.nullish(),
      elsewhere: z.boolean().default(false),
    })
    .optional(),
})

/**
 * The models of `GET /v1/models`. Of another Endonym's, those that it has from upstreams of its own are left out: two that list each other would otherwise hand a request back and forth.
 *
 * @throws Fault where it is no such list.
 */
export function readListing(value: unknown): ListedModel[] {
  return read(value, listing).data.flatMap((one) => {
    const parsed = entry.safeParse(one)
    if (!parsed.success || parsed.data.endonym?.elsewhere) return []
    const { id, created, endonym } = parsed.data
    const language = endonym?.language ? languageNamed(endonym.language) : undefined
    return {
      name: id,
      there: id,
      // Of others it is when they were started, or asked.
      ...(endonym && { role: endonym.role, createdAt: new Date(created * 1000).toISOString() }),
      ...(language && { language }),
      ...(endonym?.base && { base: endonym.base }),
    }
  })
}
