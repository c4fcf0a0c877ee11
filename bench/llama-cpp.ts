import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { run } from '../core/process.ts'

const programs = ['llama-batched-bench', 'llama-bench', 'llama-server'] as const

/**
 * llama.cpp's own programs, from the source inside node-llama-cpp: built once, into the cache. It takes some minutes.
 *
 * @returns the folder with the programs; undefined (and said) where there is no compiler
 */
export async function buildLlamaCpp(cache: string, threads: number): Promise<string | undefined> {
  const llama = path.join(path.dirname(createRequire(import.meta.url).resolve('node-llama-cpp')), '..', 'llama')
  const { tag } = JSON.parse(fs.readFileSync(path.join(llama, 'llama.cpp.info.json'), 'utf8')) as { tag: string }
  const source = path.join(cache, `llama.cpp-bench-${tag}`)
  const build = path.join(source, 'build')
  const folder = path.join(build, 'bin')
  if (programs.every((program) => fs.existsSync(path.join(folder, program)))) return folder
  console.error('Building llama.cpp; this takes some minutes, once.')
  const off = ['LLAMA_CURL', 'LLAMA_OPENSSL', 'LLAMA_BUILD_TESTS', 'LLAMA_BUILD_EXAMPLES', 'LLAMA_USE_PREBUILT_UI']
  const configure = ['-S', source, '-B', build, '-DCMAKE_BUILD_TYPE=Release', ...off.map((each) => `-D${each}=OFF`)]
  const steps: [string, string[]][] = [
    ['git', ['clone', '--quiet', path.join(llama, 'gitRelease.bundle'), source]],
    ['cmake', configure],
    ['cmake', ['--build', build, '--target', ...programs, '-j', String(threads)]],
  ]
  try {
    fs.rmSync(source, { recursive: true, force: true })
    for (const [command, args] of steps) {
      const { code, stderr } = await run(command, args)
      if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1))
    }
    return folder
  } catch (error) {
    const why = error instanceof Error ? error.message : error
    console.error(`No llama.cpp to compare with: ${why} It needs git, cmake and a C++ compiler.`)
    return undefined
  }
}
