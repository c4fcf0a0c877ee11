import { createRandom } from '../core/random.ts'
import { resolveLanguage } from '../data/languages.ts'
import { udhr } from '../evaluator/udhr.ts'
import { cleaningDefaults, createCleaner } from '../trainer/corpus/cleaning.ts'
import type { BenchContext, Comparison } from './run.ts'

/** Raw text that is made: the declaration's sentences in another order in each document, with what the web leaves in text. */
function documentsOf(name: string, megabytes: number): string[] {
  const random = createRandom(`cleaning ${name}`)
  const sentences = (udhr(resolveLanguage(name))?.articles ?? []).flatMap(({ paragraphs }) => paragraphs)
  const noise = [
    '<a href="https://example.org/page?id=7">ler máis</a>',
    'Contact: info@example.org, tel. +34 981 123 456 &amp; fax',
    'Hahaha!!!!! 😂😂😂😂   ok',
    '© 1998–2024 · 4539 1488 0343 6467 · 12.345.678',
  ]
  const documents: string[] = []
  for (let bytes = 0; bytes < megabytes * 1e6; ) {
    const parts = Array.from({ length: 4 + random.int(40) }, () =>
      random.next() < 0.1 ? random.pick(noise) : random.pick(sentences),
    )
    const text = parts.join(random.next() < 0.5 ? '\n' : ' ')
    documents.push(text)
    bytes += Buffer.byteLength(text)
  }
  return documents
}

/** Megabytes of raw text (UTF-8) that one core cleans in a second: the whole cleaning, reading and language identification left out. */
export async function cleaning(_: BenchContext): Promise<Comparison[]> {
  return ['Galician', 'English', 'Korean', 'Russian', 'Thai'].map((name) => {
    const documents = documentsOf(name, 20)
    const bytes = documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    const clean = createCleaner(resolveLanguage(name), cleaningDefaults)
    for (const text of documents.slice(0, 500)) clean(text)
    const started = process.cpuUsage()
    for (const text of documents) clean(text)
    const ours = bytes / 1e6 / (process.cpuUsage(started).user / 1e6)
    return { what: `cleaning, ${name}`, ours, peer: 20, unit: 'MB/s', least: 1 }
  })
}
