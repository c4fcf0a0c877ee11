import { z } from 'zod'

/** Words of a rater for an answer, beside which one is better. */
export const flags = ['wrong_language', 'not_natural', 'wrong_fact', 'harmful'] as const
export type Flag = (typeof flags)[number]

/** Both good and both bad are ties in a ranking, and reported apart. */
export const verdicts = ['left', 'right', 'both_good', 'both_bad'] as const
export type Verdict = (typeof verdicts)[number]

/** What single answers are judged by, each from 1 to 5. */
export const scales = ['fluency', 'helpfulness', 'correctness'] as const
export type Scale = (typeof scales)[number]

/** How well raters say that they know the language. */
export const proficiencies = ['native', 'fluent', 'learning'] as const
export const ageBands = ['under_18', '18_29', '30_44', '45_59', '60_plus', 'unsaid'] as const
/** Where raters come from. */
export const channels = ['web', 'telegram', 'whatsapp'] as const

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !/\p{Cc}/u.test(text), 'has control characters')
const text = (most: number) => z.string().trim().min(1).max(most)
const question = text(8000)

const band = z.tuple([z.int().min(1).max(5), z.int().min(1).max(5)])

/**
 * Items whose verdict is known, mixed in unseen: a rater who misses them does not read. Two answers of which one is plainly better, or one answer with the marks that it may get.
 */
const goldItem = z.union([
  z.strictObject({ turns: z.array(question).length(1), good: text(20_000), bad: text(20_000) }),
  z.strictObject({
    turns: z.array(question).length(1),
    answer: text(20_000),
    marks: z.partialRecord(z.enum(scales), band),
  }),
])
export type GoldItem = z.infer<typeof goldItem>

/** What an organiser decides. See docs/sessions.md. */
export const sessionSettings = z
  .strictObject({
    name: line(120),
    /** A variety that the whole session is about. */
    dialect: line(80).optional(),
    /** Varieties that raters may say they speak. */
    dialects: z.array(line(80)).max(40).default([]),
    /** Models by name, alias or language, as the server finds them. */
    models: z
      .array(line(200))
      .min(1)
      .max(50)
      .refine((names) => new Set(names).size === names.length, 'names a model twice'),
    /** Two answers against each other, single answers on scales, or both by turns. */
    judge: z.enum(['battles', 'ratings', 'both']).default('battles'),
    /** Lists of questions, each asked in its turns; none where raters ask what they like. */
    prompts: z.array(z.array(question).min(1).max(8)).max(5000).default([]),
    gold: z.array(goldItem).max(500).default([]),
    /** Of what a rater is given, the shares that are gold items, and that are given a second time. */
    goldShare: z.number().min(0).max(0.5).default(0.1),
    repeatShare: z.number().min(0).max(0.5).default(0.05),
    /** Judgements after which the session may end; and those of one rater at most. */
    target: z.int().min(1).max(1_000_000).default(300),
    perRater: z.int().min(1).max(10_000).default(50),
    /** Elo points that the 95 % intervals of neighbours in the ranking should be apart or narrow to. */
    width: z.number().min(1).max(1000).default(100),
    opensAt: z.iso.datetime({ offset: true }).optional(),
    closesAt: z.iso.datetime({ offset: true }).optional(),
    /** What raters agree to; the pages' own text in their language where it is left out. */
    consent: text(4000).optional(),
    temperature: z.number().min(0).max(2).default(0.7),
    maxTokens: z.int().min(1).max(4096).default(400),
    /** Who is given what follows from it. */
    seed: line(80).default('endonym'),
    /** Comparisons on the chat page of a language's models, whichever there are. */
    standing: z.boolean().default(false),
  })
  .refine(({ judge, models }) => judge === 'ratings' || models.length >= 2, {
    path: ['models'],
    message: 'needs two at least, for they are compared',
  })
  .refine(({ opensAt, closesAt }) => !opensAt || !closesAt || Date.parse(opensAt) < Date.parse(closesAt), {
    path: ['closesAt'],
    message: 'is before it opens',
  })
export type SessionSettings = z.infer<typeof sessionSettings>
export type SessionWishes = z.input<typeof sessionSettings>
