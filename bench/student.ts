import path from 'node:path'
import { openStore } from '../data/database.ts'
import { quantize } from '../models/quantize.ts'
import { pullModel } from '../models/sources.ts'
import type { StoredModel } from '../models/store.ts'
import type { BenchContext } from './run.ts'

/** The default student, as it was pulled. */
export async function pulledStudent({ home }: Pick<BenchContext, 'home'>): Promise<StoredModel> {
  const store = await openStore(home.database)
  const student = await pullModel({ home, store }, 'smollm2-135m-instruct')
  await store.destroy()
  return student
}

/** The same at 8 bits, as a distillation uses it. @returns a file in the folder of the measurement */
export async function studentAtEightBits(
  student: StoredModel,
  { folder }: Pick<BenchContext, 'folder'>,
): Promise<string> {
  const file = path.join(folder, 'student-q8_0.gguf')
  await quantize(student.file, file, 'Q8_0')
  return file
}
