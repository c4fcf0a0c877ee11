import { HeaderError } from './header.ts'
import type { Metadata } from './metadata.ts'

/** LLAMA_MAX_LAYERS and LLAMA_MAX_EXPERTS. */
const mostLayers = 512
const mostExperts = 1024
/** Ten times what the largest model has. */
const widest = 1 << 18
const ropeScalings: ReadonlySet<string> = new Set(['none', 'linear', 'yarn', 'longrope'])
/** POOLING_TYPE_RANK, the last one. */
const lastPooling = 4

/** Architectures whose heads are all alike and turned as a whole: llama.cpp asserts it while it lays out the computation. Others turn a part of a head, or have keys and values of different lengths. */
const wholeHeads: ReadonlySet<string> = new Set([
  'llama',
  'mistral3',
  'qwen2',
  'qwen2moe',
  'qwen3',
  'qwen3moe',
  'smollm3',
  'olmo',
  'olmo2',
  'olmoe',
  'granite',
  'exaone',
  'falcon',
  'internlm2',
  'starcoder2',
  'arcee',
  'seed_oss',
  'apertus',
  'xverse',
  'baichuan',
])

/**
 * Checks the numbers that llama.cpp builds a model by for what it asserts of them, which would end the process. That the tensors have the shapes that follow from them it checks itself, and says so.
 *
 * @throws HeaderError
 */
export function checkHyperparameters(metadata: Metadata, architecture: string): void {
  const read: Read = (key) => metadata.numbers(`${architecture}.${key}`) ?? []
  within(read, 'block_count', 1, mostLayers)
  within(read, 'context_length', 1, Number.MAX_SAFE_INTEGER)
  within(read, 'embedding_length', 1, widest)
  within(read, 'embedding_length_out', 1, widest)
  within(read, 'pooling_type', 0, lastPooling)
  within(read, 'nextn_predict_layers', 0, read('block_count')[0] ?? mostLayers)
  for (const key of ['layer_norm_epsilon', 'layer_norm_rms_epsilon', 'group_norm_epsilon'])
    within(read, `attention.${key}`, 0, 1)
  checkExperts(read, architecture)
  checkHeads(read, architecture)
  const key = `${architecture}.rope.scaling.type`
  const scaling = metadata.has(key) ? (metadata.text(key) ?? '') : 'none'
  if (!ropeScalings.has(scaling))
    throw new HeaderError('unsupported', `its "${key}" is none of ${[...ropeScalings].join(', ')}`)
}

/** The number under a key of the architecture, or one for each layer; empty where there is none. */
type Read = (key: string) => readonly number[]

function within(read: Read, key: string, least: number, most: number): void {
  for (const value of read(key))
    if (value < least || value > most)
      throw new HeaderError('invalid', `its "${key}" is ${value}, and can be ${least} to ${most}`)
}

function checkExperts(read: Read, architecture: string): void {
  within(read, 'expert_count', 0, mostExperts)
  const [experts = 0] = read('expert_count')
  const used = Math.max(0, ...read('expert_used_count'))
  const [groups = 0] = read('expert_group_count')
  const [usedGroups = 0] = read('expert_group_used_count')
  // Dense models of this family say that they have one expert, and llama.cpp takes it for none.
  if (architecture.startsWith('hunyuan') && experts <= 1) return
  const grouped = groups < 2 || (experts % groups === 0 && usedGroups > 0 && usedGroups < groups)
  const sound = experts === 0 ? used === 0 && groups === 0 : used > 0 && used <= experts && groups < experts && grouped
  if (!sound)
    throw new HeaderError(
      'invalid',
      `of its ${experts} experts in ${groups} groups, ${used} in ${usedGroups} groups are to be used`,
    )
}

function checkHeads(read: Read, architecture: string): void {
  const heads = read('attention.head_count')
  const keyHeads = read('attention.head_count_kv')
  if (keyHeads.length > 0 && Math.max(...heads) > 0 && Math.max(...keyHeads) === 0)
    throw new HeaderError('invalid', 'its attention has heads, and no keys for them')
  for (let i = 0; i < Math.max(heads.length, keyHeads.length); i++) {
    const [of, by] = [heads[heads.length > 1 ? i : 0] ?? 0, keyHeads[keyHeads.length > 1 ? i : 0] ?? 0]
    if (by > 0 && of % by !== 0)
      throw new HeaderError('invalid', `its ${of} heads cannot share the keys of ${by}: that is no divisor`)
  }
  const { key, value, turned } = headSizes(read, heads)
  if (heads.length > 0 && turned % 2 !== 0)
    throw new HeaderError('invalid', `its heads turn ${turned} of their numbers, which is no multiple of 2`)
  // A file that says nothing of layers llama.cpp refuses.
  if (!wholeHeads.has(architecture) || read('block_count').length === 0) return
  if (new Set(heads).size !== 1 || new Set(keyHeads).size > 1 || heads[0] === 0)
    throw new HeaderError(
      'invalid',
      `its attention has ${heads.join(', ') || 'no'} heads, and must have as many in each layer`,
    )
  if (key !== value || key !== turned || key === 0)
    throw new HeaderError(
      'invalid',
      `its heads have keys of ${key}, values of ${value} and positions of ${turned} numbers, which must be as many`,
    )
  const inner = read('feed_forward_length')
  if (inner.length === 0 || Math.min(...inner) === 0)
    throw new HeaderError('invalid', 'its layers have no width between ("feed_forward_length")')
}

/** How many numbers the keys and values of a head have, and how many of a key's carry its position. */
function headSizes(read: Read, heads: readonly number[]): { key: number; value: number; turned: number } {
  const usual = Math.floor((read('embedding_length')[0] ?? 0) / Math.max(1, ...heads))
  const [key = usual] = read('attention.key_length')
  const [value = usual] = read('attention.value_length')
  const [turned = key] = read('rope.dimension_count')
  return { key, value, turned }
}
