import '../../models/llama/one-worker.ts'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { useThreads } from '../../models/llama/context.ts'
import { studentFile } from '../model.ts'

test('a context computes with as many threads as it is told to, batch by batch', async () => {
  // How node-llama-cpp is told is not in its types: this fails when a version of it does so in another way.
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 0, logLevel: LlamaLogLevel.error })
  const model = await llama.loadModel({ modelPath: studentFile() })
  const tokens = model.tokenize('The river meets the sea.')
  const context = await model.createContext({ contextSize: 64, threads: 2 })
  const sequence = context.getSequence()
  const used: number[] = []
  for (const threads of [2, 1, 2]) {
    useThreads(context, threads)
    await sequence.evaluateWithoutGeneratingNewTokens(tokens)
    used.push(context.currentThreads)
  }
  expect(used).toEqual([2, 1, 2])

  const embedding = await model.createEmbeddingContext({ contextSize: 64, threads: 2 })
  const { _llamaContext: inner } = embedding as unknown as { _llamaContext: typeof context }
  useThreads(embedding, 1)
  await embedding.getEmbeddingFor(tokens)
  expect(inner.currentThreads).toBe(1)
  await llama.dispose()
})
