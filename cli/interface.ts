import { EndonymError } from '../core/error.ts'
import { grouped, plural } from '../core/format.ts'
import { languageNamed, resolveLanguage } from '../data/languages.ts'
import { createMemory, type Ledger } from '../data/memory.ts'
import { englishMessages, interfaceLanguages } from '../data/messages.ts'
import { openRuntime } from '../models/llama.ts'
import { type InterfaceTranslation, translateInterface } from '../trainer/interface.ts'
import { storedTeacher } from '../trainer/teachers/stored.ts'
import { localTeacherOf, type TeacherOptions, teacherOf } from '../trainer/wish.ts'
import type { Context, Register } from './command.ts'
import { money, table } from './table.ts'
import { teacherOptions } from './wish.ts'

/** English faults that are listed at most. */
const listed = 10

/** `endonym interface`: in which languages the pages and bots speak. */
const register: Register = (program, action) => {
  const commands = program.command('interface').description('the languages of the pages and bots: list, translate')

  commands
    .command('list', { isDefault: true })
    .description('in which languages the pages and bots speak, and who worded them')
    .action(action(list))

  teacherOptions(commands.command('translate'))
    .description('have a teacher translate what the pages and bots say; people correct it on the page')
    .argument('<language>', 'any name or code')
    .action(action(translate))
}

export default register

async function list(context: Context): Promise<void> {
  const total = Object.keys(englishMessages()).length
  const counts = await context.withStore((store) =>
    store
      .selectFrom('interface_messages')
      .select(['language', 'source', ({ fn }) => fn.countAll<number>().as('n')])
      .groupBy(['language', 'source'])
      .execute(),
  )
  const count = (tag: string, source: 'machine' | 'person') =>
    Number(counts.find((row) => row.language === tag && row.source === source)?.n ?? 0)
  const tags = [...interfaceLanguages, ...new Set(counts.map(({ language }) => language))]
  const languages = tags.map((tag) => ({
    tag,
    name: languageNamed(tag)?.name ?? tag,
    ships: interfaceLanguages.some((own) => own === tag),
    machine: count(tag, 'machine'),
    people: count(tag, 'person'),
    of: total,
  }))
  context.print(
    languages,
    table(
      [
        ['TAG', 'LANGUAGE', 'BY A MACHINE', 'BY PEOPLE', 'ENGLISH'],
        ...languages.map(({ tag, name, ships, machine, people, of }) =>
          ships
            ? [tag, name, 'ships', '', '']
            : [tag, name, String(machine), String(people), String(of - machine - people)],
        ),
      ],
      { right: [2, 3, 4] },
    ),
  )
}

async function translate(context: Context, query: string, options: TeacherOptions): Promise<void> {
  const language = resolveLanguage(query)
  await context.withStore(async (store) => {
    const runtime = await openRuntime()
    try {
      const local = localTeacherOf(options)
      const teacher =
        local === undefined ? teacherOf(options, context) : await storedTeacher(local, { ...context, store, runtime })
      if (!teacher) {
        throw new EndonymError(
          'teacher_incomplete',
          'Say who translates: --teacher URL --teacher-model MODEL for an endpoint, or --teacher local:NAME for a model of the store.',
          { exitCode: 2 },
        )
      }
      const memory = createMemory(store)
      try {
        const made = await translateInterface(language, { ...context, store, memory, teacher })
        const used = memory.take()
        context.print({ ...made, asked: used.requests - used.remembered, spent: used.spent }, interfaceText(made, used))
      } finally {
        await teacher.dispose()
      }
    } finally {
      await runtime.dispose()
    }
  })
}

/** What was translated, for people. */
export function interfaceText(made: InterfaceTranslation, used?: Ledger): string {
  const { language, translated, byPeople, english } = made
  const name = languageNamed(language)?.name ?? language
  const lines = [
    `${plural(translated, 'message')} of the interface are in ${name} now, marked as a machine's: whoever reads a wrong word can put it right on the page.`,
    byPeople > 0 && `${grouped(byPeople)} are worded by people and stay as they are.`,
    english.length > 0 && `${grouped(english.length)} stay English:`,
    ...english.slice(0, listed).map(({ key, fault }) => `  ${key}: ${fault}`),
    english.length > listed && `  and ${grouped(english.length - listed)} more`,
    used &&
      `Asked ${plural(used.requests - used.remembered, 'time')}, ${grouped(used.remembered)} from memory${used.spent > 0 ? `, ${money(used.spent)}` : ''}.`,
  ]
  return lines.filter((line) => line !== false && line !== undefined).join('\n')
}
