import type { Answer, Benchmark, CompletionItem, Item, LikelihoodItem } from '../../../evaluator/benchmark.ts'
import type { DataSets } from '../dataset-server.ts'

/** A few rows for each data set, in its own columns. */
export const sets: DataSets = {
  'Davlan/sib200': {
    glg_Latn: {
      validation: ['travel', 'health', 'sports', 'politics', 'geography', 'travel'].map((category, i) => ({
        index_id: 700 + i,
        category,
        text: `Exemplo ${i}.`,
      })),
      test: [
        { index_id: 1, category: 'health', text: 'O médico chegou tarde.' },
        { index_id: 2, category: 'travel', text: 'O tren sae ás oito.' },
        { index_id: 3, category: 'sports', text: 'O equipo gañou.' },
      ],
    },
    swh_Latn: { test: [{ index_id: 1, category: 'health', text: 'Daktari amefika.' }] },
    amh_Ethi: { test: [{ index_id: 1, category: 'health', text: 'ሐኪሙ መጣ።' }] },
  },
  'facebook/belebele': {
    glg_Latn: {
      test: ['Chove en Vigo.', 'Neva en Lugo.', 'Hai sol en Ourense.'].map((flores_passage, i) => ({
        link: 'https://example.org/a',
        question_number: i + 1,
        flores_passage,
        question: ' Que tempo vai? ',
        mc_answer1: 'Chove',
        mc_answer2: 'Neva',
        mc_answer3: 'Hai sol',
        mc_answer4: 'Hai vento',
        correct_answer_num: String(i + 1),
        dialect: 'glg_Latn',
      })),
    },
  },
  'CohereLabs/Global-MMLU': {
    sw: {
      dev: ['anatomy', 'virology', 'anatomy', 'virology'].map((subject, i) => mmlu(`${subject}/dev/${i}`, { subject })),
      test: ['virology', 'anatomy'].map((subject, i) => mmlu(`${subject}/test/${i}`, { subject })),
    },
  },
  'CohereLabs/Global-MMLU-Lite': {
    sw: { test: [mmlu('anatomy/test/1', { subject_category: 'Medical' })] },
  },
  'skt/kobest_v1': {
    boolq: {
      test: [
        { paragraph: '고양이는 동물이다.', question: '고양이는 동물인가?', label: 1 },
        { paragraph: '고양이는 동물이다.', question: '고양이는 식물인가?', label: 0 },
      ],
    },
    copa: {
      test: [
        {
          premise: '비가 왔다.',
          question: '결과',
          alternative_1: '땅이 젖었다.',
          alternative_2: '해가 떴다.',
          label: 0,
        },
      ],
    },
    hellaswag: {
      test: [
        {
          context: '물을 끓인다.',
          ending_1: '차를 넣는다.',
          ending_2: '잔다.',
          ending_3: '달린다.',
          ending_4: '노래를 부른다.',
          label: 0,
        },
      ],
    },
    sentineg: {
      train: [
        { sentence: '좋아요', label: 1 },
        { sentence: '싫어요', label: 0 },
      ],
      test: [{ sentence: '나쁘지 않아요', label: 1 }],
    },
    wic: { test: [{ word: '배', context_1: '배를 먹다', context_2: '배를 타다', label: 0 }] },
  },
  'cambridgeltl/xcopa': {
    sw: {
      test: [
        {
          idx: 7,
          premise: 'Mvua ilinyesha. ',
          choice1: 'Ardhi ililowa.',
          choice2: 'Jua liliwaka.',
          question: 'effect',
          label: 0,
        },
        { idx: 8, premise: 'Alianguka.', choice1: 'Alicheka.', choice2: 'Aliteleza.', question: 'cause', label: 1 },
      ],
    },
  },
  'juletxara/mgsm': {
    sw: {
      train: [2, 3].map((n) => ({
        question: `Swali: Moja na ${n - 1}?`,
        answer: `Jibu la Hatua kwa Hatua: 1 + ${n - 1} = ${n}. Jibu ni ${n}.`,
        answer_number: n,
      })),
      test: [
        { question: 'Elfu moja na mbili?', answer: null, answer_number: 1002 },
        { question: 'Mbili na tatu?', answer: null, answer_number: 5 },
      ],
    },
  },
  'openlanguagedata/flores_plus': Object.fromEntries(
    Object.entries({
      eng_Latn: ['The cat sleeps.', 'It rains.', 'Nobody knows.'],
      glg_Latn: ['O gato dorme.', 'Chove.', 'Ninguén o sabe.'],
    }).map(([config, texts]) => [
      config,
      Object.fromEntries(['dev', 'devtest'].map((split) => [split, texts.map((text, i) => ({ id: i + 1, text }))])),
    ]),
  ),
}

function mmlu(sample_id: string, more: Record<string, string>) {
  return {
    sample_id,
    ...more,
    question: `${sample_id}? `,
    option_a: 'moja',
    option_b: 'mbili',
    option_c: 'tatu',
    option_d: 'nne',
    answer: 'B',
  }
}

/** The items, each of which asks for likelihoods. */
export async function likelihoodItems(benchmark: Benchmark, note?: (sentence: string) => void) {
  const items = await benchmark.items(undefined, note)
  return items.map((item): LikelihoodItem => {
    if (!('asks' in item)) throw new Error(`${item.id} asks for no likelihoods`)
    return item
  })
}

/** What an item asks, as text. */
export function promptOf(item: Item | undefined): string {
  const prompt = item && ('asks' in item ? item.asks[0]?.prompt : (item as CompletionItem).prompt)
  if (typeof prompt !== 'string') throw new Error('the item has no prompt of text')
  return prompt
}

/** What an item that generates makes of an answer. */
export function judged(item: Item | undefined, text: string) {
  if (!item || 'asks' in item || 'turns' in item) throw new Error('the item does not ask for one answer')
  const answer: Answer = { text, finishReason: 'stop' }
  return { counts: item.count(answer), verdict: item.verdict?.(answer) }
}

/** Scores in which the continuation with this number is the likeliest. */
export function favouring(item: LikelihoodItem, nth: number) {
  return (item.asks[0]?.continuations ?? []).map((_, i) => ({ logProb: i === nth ? -1 : -2, tokens: 1, greedy: false }))
}
