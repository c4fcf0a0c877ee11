import type { Runtime } from '../runtime.ts'

/** Part of the free memory that models may take when they are served; the rest is for everybody else. */
export const shareOfModels = 0.8

/** Bytes that models may take in a process that serves, where nobody says otherwise. */
export async function memoryForModels(runtime: Pick<Runtime, 'freeMemory'>): Promise<number> {
  return Math.floor(shareOfModels * (await runtime.freeMemory()))
}
