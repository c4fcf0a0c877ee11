import { openStore } from '../data/database.ts'
import type { BenchContext, Comparison } from './run.ts'

/** Peak memory of each stage of the newest finished run, Endonym and what it started together. */
export async function peakMemory({ home }: BenchContext): Promise<Comparison[]> {
  const store = await openStore(home.database)
  try {
    const newest = await store
      .selectFrom('runs')
      .select('id')
      .where('status', '=', 'done')
      .orderBy('updated_at', 'desc')
      .executeTakeFirst()
    if (!newest) {
      console.error('  No finished run: npm run demo makes one.')
      return []
    }
    const stages = await store
      .selectFrom('stages')
      .selectAll()
      .where('run', '=', newest.id)
      .orderBy('position')
      .execute()
    return stages.map(({ name, peak_memory }) => ({
      what: `${newest.id}: ${name}`,
      ours: peak_memory / 1e9,
      unit: 'GB',
    }))
  } finally {
    await store.destroy()
  }
}
