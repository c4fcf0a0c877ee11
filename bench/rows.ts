import fs from 'node:fs'
import path from 'node:path'
import type { Language } from '../data/language.ts'
import type { Item } from '../evaluator/benchmark.ts'
import { belebele } from '../evaluator/benchmarks/belebele.ts'
import { sib200 } from '../evaluator/benchmarks/sib-200.ts'
import type { Hub } from '../evaluator/hub.ts'
import type { HarnessTask } from './harness.ts'

/** What the harness is compared on: the same rows for both, those of a hub. */
export type Task = { name: string; items: Item[]; harness: HarnessTask }

const sets = {
  'sib-200': {
    make: sib200,
    repository: 'Davlan/sib200',
    columns: ['index_id', 'category', 'text'],
    splits: ['test', 'validation'],
    // The prompt is the same in all languages.
    include: 'afrobench/sib/prompt_1/sib_eng.yaml',
  },
  belebele: {
    make: belebele,
    repository: 'facebook/belebele',
    columns: [
      'link',
      'question_number',
      'flores_passage',
      'question',
      'mc_answer1',
      'mc_answer2',
      'mc_answer3',
      'mc_answer4',
      'correct_answer_num',
    ],
    splits: ['test'],
    include: 'belebele/belebele_eng_Latn.yaml',
  },
} as const

/** The first `limit` rows of a data set, as our benchmark asks them and as files for the harness. */
export async function task(
  set: keyof typeof sets,
  language: Language,
  { hub, folder, limit, shots }: { hub: Hub; folder: string; limit: number; shots: number },
): Promise<Task> {
  const { make, repository, columns, splits, include } = sets[set]
  const rows: Record<string, string> = {}
  for (const split of splits) {
    // Examples are drawn from all rows; those that are examined are the first ones.
    const whole = split !== 'test' || (set === 'belebele' && shots > 0)
    const all = await hub.rows(repository, language.flores ?? '', split, { columns, ...(!whole && { limit }) })
    rows[split] = path.join(folder, `${set}-${language.iso3}-${split}-${limit}-${shots}.jsonl`)
    fs.writeFileSync(rows[split], all.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
  return {
    name: `${set}-${language.iso3}-${shots}`,
    items: await make(language, { hub, limit, shots }).items(),
    harness: { include, rows },
  }
}
