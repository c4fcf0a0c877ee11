import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { recipeOf } from '../../../trainer/recipes.ts'
import { writeReport } from '../../../trainer/report.ts'
import { reportInput } from '../report-input.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'merging-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

test('a run on text of its own says what it learned from, what was masked, what was merged and how the β was chosen', () => {
  const input = reportInput(folder)
  const { markdown, report } = writeReport({
    ...input,
    wish: {
      ...input.wish,
      recipe: 'polyglot-ko',
      options: { ...recipeOf('polyglot-ko').defaults('demo'), sftRun: 'gl-kakugo' },
    },
    data: {
      ...input.data,
      funnel: [
        { step: 'documents', title: 'Documents', kept: 10, dropped: { script: 2 }, masked: { email: 3, phone: 12 } },
      ],
    },
    tuned: { ...input.training, adapter: path.join(folder, 'tuning/checkpoints/checkpoint-9'), tokens: 1234 },
    merge: {
      instruct: { 'target-text': 2.32, 'rich-text': 0.918 },
      sweep: [
        { beta: 0.6, bits: { 'target-text': 2.012, 'rich-text': 0.872 }, score: -0.1 },
        { beta: 1, bits: { 'target-text': 1.917, 'rich-text': 0.95 }, score: -0.05 },
      ],
      beta: 0.6,
      model: path.join(folder, 'training/merged'),
    },
    models: { q8: 'gl@smollm2', q4: 'gl@smollm2.q4_k_m' },
  })
  const page = fs.readFileSync(markdown, 'utf8')
  expect(page).toContain('documents that people wrote (udhr), cleaned, and English text (shipped)')
  expect(page).not.toContain('It learned from machine translation')
  expect(page).toContain('telephone numbers 12, e-mail addresses 3')
  expect(page).toMatch(/The rows of the run gl-kakugo followed: .*1,234 tokens/)
  expect(page).toContain('| **0.6** | **2.012** | **0.872** | **✓&nbsp;kept** |')
  expect(page).not.toContain('(LoRA adapter).')
  expect(report.merge?.model).toBe('training/merged')
  expect(report.tuned?.adapter).toBe('tuning/checkpoints/checkpoint-9')
})
