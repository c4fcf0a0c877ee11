import crypto from 'node:crypto'
import { EndonymError } from '../core/error.ts'
import { gather } from '../core/gather.ts'
import type { Store } from '../data/database.ts'
import type { Memory, Question } from '../data/memory.ts'
import type { Completion, Deferred, Teacher } from './teacher.ts'

/** Fewer than this are not worth a wait of hours. */
const fewest = 50
/** Answers that are entered in one transaction. */
const together = 200

/**
 * A teacher whose missing answers are handed in to its batch API, to be collected by whichever process comes next with the same database.
 *
 * A batch is written down before it is made, with the file that it is made of, so that one whose making was cut off is found again and not paid for twice. Its answers go into memory, and those without
 * one (errors, requests that expired) are simply missing again.
 *
 * @throws EndonymError `teacher_no_batches`
 */
export function withBatches(teacher: Teacher, store: Store, say: (sentence: string) => void): Teacher {
  const { batch: api, name: source } = teacher
  if (!api) {
    throw new EndonymError('teacher_no_batches', `${teacher.title} has no batch API. Leave out --batch.`, {
      exitCode: 2,
    })
  }
  const now = () => new Date().toISOString()
  const setBatch = (id: string, fields: { remote?: string; status?: 'collected' | 'failed' }) =>
    store
      .updateTable('batches')
      .set({ ...fields, updated_at: now() })
      .where('id', '=', id)
      .execute()
  const forgetRequests = (batch: string) => store.deleteFrom('batch_requests').where('batch', '=', batch).execute()

  /** Enters the answers of a batch that has ended. Cut off, it is collected again: what is in memory stays, so each is entered once. */
  const enter = async (
    memory: Memory,
    answers: AsyncIterable<{ name: string; completion: Completion | undefined }>,
  ) => {
    let entered = 0
    let waiting = new Map<string, Completion>()
    const write = async () => {
      if (waiting.size === 0) return
      const rows = await store
        .selectFrom('batch_requests')
        .selectAll()
        .where('hash', 'in', [...waiting.keys()])
        .execute()
      const known = rows.map(({ hash, kind, request_json }) => ({
        hash,
        question: { kind: kind as Question['kind'], source, request: JSON.parse(request_json) as unknown },
        answer: waiting.get(hash) as Completion,
      }))
      if (known.length > 0) await memory.enter(known)
      entered += known.length
      waiting = new Map()
    }
    for await (const { name, completion } of answers) {
      if (completion) waiting.set(name, completion)
      if (waiting.size >= together) await write()
    }
    await write()
    return entered
  }

  const deferred: Deferred = {
    fewest,
    collect: async ({ memory, signal }) => {
      const open = await store
        .selectFrom('batches')
        .selectAll()
        .where('source', '=', source)
        .where('status', '=', 'open')
        .execute()
      for (const { id, input_file, remote: known, requests } of open) {
        const remote = known ?? (await api.find(input_file, signal))
        if (remote === undefined) {
          await store.deleteFrom('batches').where('id', '=', id).execute()
          continue
        }
        if (known === null) await setBatch(id, { remote })
        const state = await api.state(remote, signal)
        if (state.status === 'open') continue
        if (state.status === 'refused') {
          await forgetRequests(id)
          await setBatch(id, { status: 'failed' })
          throw new EndonymError(
            'batch_refused',
            `${teacher.title} refused a batch of ${requests} requests as a whole: ${state.reason}. Mend that, or leave out --batch.`,
          )
        }
        const entered = await enter(memory, state.answers())
        await forgetRequests(id)
        await setBatch(id, { status: entered === 0 ? 'failed' : 'collected' })
        if (entered === 0) {
          throw new EndonymError(
            'batch_refused',
            `The batch API of ${teacher.title} answered none of ${requests} requests. Ask a few without --batch to see why, or run the same command again to hand them in once more.`,
          )
        }
        say(`Collected ${entered} of ${requests} answers from the batch API of ${teacher.title}.`)
      }
    },
    has: gather(500, async (hashes: string[]) => {
      const rows = await store.selectFrom('batch_requests').select('hash').where('hash', 'in', hashes).execute()
      const known = new Set(rows.map(({ hash }) => hash))
      return hashes.map((hash) => known.has(hash))
    }),
    submit: async (questions, signal) => {
      const share = teacher.price?.batch ?? 1
      const most = questions.reduce((sum, { request }) => sum + (teacher.mostOf?.(request) ?? 0) * share, 0)
      await teacher.afford?.(most)
      const named = questions.map(({ hash, request }) => ({ name: hash, request }))
      const input_file = await api.upload(named, signal)
      const id = crypto.randomUUID()
      await store.transaction().execute(async (transaction) => {
        const times = { created_at: now(), updated_at: now() }
        await transaction
          .insertInto('batches')
          .values({ id, source, input_file, remote: null, status: 'open', requests: questions.length, most, ...times })
          .execute()
        for (let from = 0; from < questions.length; from += together) {
          const rows = questions.slice(from, from + together).map(({ hash, key }) => ({
            hash,
            batch: id,
            kind: key.kind,
            request_json: JSON.stringify(key.request),
          }))
          await transaction.insertInto('batch_requests').values(rows).execute()
        }
      })
      await setBatch(id, { remote: await api.start(input_file, signal) })
      say(`Handed ${questions.length} requests in to the batch API of ${teacher.title}.`)
    },
  }
  return { ...teacher, deferred }
}
