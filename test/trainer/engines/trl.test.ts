import { expect, test } from 'vitest'
import { trlConfig } from '../../../trainer/engines/trl.ts'

const options = {
  rank: 16,
  learningRate: 1e-3,
  epochs: 1,
  batch: 8,
  length: 256,
  evaluateEvery: 50,
  patience: 3,
  seed: 1,
}

test('by default an adapter is trained on rows of like length, with five steps in a hundred to warm up', () => {
  expect(trlConfig('/rows', '/student', '/out', options)).toMatchObject({
    use_peft: true,
    lora_r: 16,
    lora_alpha: 32,
    warmup_steps: 0.05,
    train_sampling_strategy: 'group_by_length',
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 2,
    save_total_limit: 5,
  })
})

test('all weights, packed: no adapter, nothing cut off, and only the best and the newest checkpoint on the disk', () => {
  const config = trlConfig('/rows', '/student', '/out', { ...options, weights: 'full', packing: true, warmup: 0.1 })
  expect(config).toMatchObject({
    use_peft: false,
    packing: true,
    packing_strategy: 'bfd_split',
    warmup_steps: 0.1,
    save_total_limit: 1,
  })
  expect(config).not.toHaveProperty('lora_r')
  expect(config).not.toHaveProperty('train_sampling_strategy')
})

test('preferences: beta, what KTO needs beside, and no best checkpoint where nothing is held out', () => {
  const dpo = trlConfig('/rows', '/student', '/out', {
    ...options,
    preferences: { name: 'dpo', beta: 0.1 },
    held: false,
  })
  expect(dpo).toMatchObject({ beta: 0.1, use_peft: true, eval_strategy: 'no', max_length: 256 })
  for (const absent of ['train_sampling_strategy', 'load_best_model_at_end', 'eval_steps'])
    expect(dpo).not.toHaveProperty(absent)
  const weights = { wanted: 1.5, unwanted: 1 }
  const kto = trlConfig('/rows', '/student', '/out', {
    ...{ ...options, batch: 1 },
    preferences: { name: 'kto', beta: 0.2, weights },
  })
  expect(kto).toMatchObject({
    beta: 0.2,
    train_sampling_strategy: 'sequential',
    per_device_train_batch_size: 2,
    desirable_weight: 1.5,
    undesirable_weight: 1,
    eval_steps: 50,
  })
})
