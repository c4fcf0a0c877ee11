import { expect, test } from 'vitest'
import { splitReasoning } from '../../../trainer/teachers/openai/reasoning.ts'

const both = { text: 'Ola!', reasoning: 'A greeting.' }

test.each([
  ['between <think> marks', '<think>\nA greeting.\n</think>\n\nOla!', both],
  ['before a closing mark that the template had opened', 'A greeting.\n</think>\n\nOla!', both],
  ['between [THINK] marks', '[THINK]A greeting.[/THINK]Ola!', both],
  [
    "on harmony's channels",
    '<|channel|>analysis<|message|>A greeting.<|end|><|start|>assistant<|channel|>final<|message|>Ola!<|return|>',
    both,
  ],
  ['in two places', '<think>A</think>Ola<think>B</think>!', { text: 'Ola!', reasoning: 'A\n\nB' }],
  ['without an end, where the model was cut off', '<think>A greet', { text: '', reasoning: 'A greet' }],
  ['where there is none, and the text stays as it is', ' Ola! ', { text: ' Ola! ' }],
  ['that is empty', '<think>\n\n</think>\n\nOla!', { text: 'Ola!' }],
])('reasoning is taken out %s', (_, raw, split) => {
  expect(splitReasoning(raw)).toEqual(split)
})
