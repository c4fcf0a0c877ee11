import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    // Tests load real models and train real students on all cores, and two programs that compute at once slow each other down by an order of magnitude.
    fileParallelism: false,
    // A model answers in seconds, on a machine that is busy with something else in many.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
