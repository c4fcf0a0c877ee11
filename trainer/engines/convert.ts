import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { EndonymError } from '../../core/error.ts'
import { placeFile } from '../../core/files.ts'
import { sha256 } from '../../core/hash.ts'
import type { Home } from '../../core/home.ts'
import { run } from '../../core/process.ts'
import { type PythonEnvironment, pythonEnvironment } from './trl/environment.ts'

/**
 * From GGUF to the layout that trainers read, and back: by transformers one way, by llama.cpp's own converters the other way. Their source ships inside node-llama-cpp, so it is
 * always the version that serves.
 */
export type Converter = {
  /** A GGUF file → a model folder in Hugging Face's layout (float32), kept under the SHA-256 of the file and of the script that converts it. */
  toHuggingFace(gguf: { file: string; sha256: string }): Promise<string>
  /** A PEFT adapter → GGUF; `name` is what the file says that it is called. */
  adapterToGguf(adapter: string, base: string, output: string, name: string): Promise<void>
  /** A model and its PEFT adapter → one GGUF at 16 bits. */
  mergeToGguf(adapter: string, base: string, output: string, name: string): Promise<void>
  /** A model and its PEFT adapter → a whole model in Hugging Face's layout. */
  mergeToModel(adapter: string, base: string, output: string): Promise<void>
  /** Merges a trained model with the instruct model at the best of several β: see `interpolate.py`, whose document it returns. */
  interpolate(options: {
    instruct: string
    trained: string
    betas: string
    /** Tokens of a held-out text that are read. */
    length: number
    /** JSONL of `{ kind, text }`. */
    heldOut: string
    output: string
    onValue(): void
  }): Promise<string>
  /** A model in Hugging Face's layout whose weights were all trained → GGUF at 16 bits, with the tokeniser of `base`. */
  modelToGguf(model: string, base: string, output: string, name: string): Promise<void>
}

export async function openConverter(
  home: Home,
  threads: number,
  options: { signal?: AbortSignal } = {},
): Promise<Converter> {
  const environment = pythonEnvironment(home, threads)
  const llamaCpp = await checkoutLlamaCpp(home)
  const python = (script: string, args: string[], more: { input?: string; onLine?: (line: string) => void } = {}) =>
    runPython(environment, script, args, { ...options, ...more })
  const here = path.join(import.meta.dirname, 'trl')
  const asGguf = (output: string, name: string, fill: (folder: string) => Promise<unknown>) =>
    intoPlace(output, (partial) =>
      inFolder(path.join(path.dirname(output), name), async (folder) => {
        await fill(folder)
        const args = ['--outtype', 'f16', '--outfile', partial, folder]
        await python(path.join(llamaCpp, 'convert_hf_to_gguf.py'), args)
      }),
    )
  return {
    toHuggingFace: async (gguf) => {
      const script = path.join(here, 'dequantise.py')
      const key = sha256([gguf.sha256, fs.readFileSync(script, 'utf8')])
      const folder = path.join(home.cache, 'huggingface-models', key)
      if (!fs.existsSync(folder)) {
        await intoPlace(folder, (partial) =>
          python(script, [path.dirname(gguf.file), path.basename(gguf.file), partial]),
        )
      }
      return folder
    },
    adapterToGguf: (adapter, base, output, name) =>
      intoPlace(output, (partial) =>
        inFolder(path.join(path.dirname(output), name), async (folder) => {
          // Only what the converter needs: it would copy the places on this machine that the model card names into the file.
          for (const file of ['adapter_config.json', 'adapter_model.safetensors']) {
            fs.copyFileSync(path.join(adapter, file), path.join(folder, file))
          }
          const args = ['--base', base, '--outtype', 'f16', '--outfile', partial, folder]
          await python(path.join(llamaCpp, 'convert_lora_to_gguf.py'), args)
        }),
      ),
    mergeToGguf: (adapter, base, output, name) =>
      asGguf(output, name, (folder) => python(path.join(here, 'merge.py'), [base, adapter, folder])),
    mergeToModel: (adapter, base, output) =>
      intoPlace(output, (partial) => python(path.join(here, 'merge.py'), [base, adapter, partial])),
    interpolate: async ({ instruct, trained, betas, length, heldOut, output, onValue }) => {
      let sweep = ''
      await intoPlace(output, async (partial) => {
        sweep = await python(path.join(here, 'interpolate.py'), [instruct, trained, partial, String(length), betas], {
          input: heldOut,
          onLine: (line) => line.startsWith('beta ') && onValue(),
        })
      })
      return sweep
    },
    modelToGguf: (model, base, output, name) =>
      asGguf(output, name, async (folder) => {
        // The tokeniser and the chat template are the student's own: trainers write them anew, in their version's fashion.
        for (const [from, wanted] of [
          [base, (file: string) => !isWeights(file)],
          [model, (file: string) => isWeights(file) || file === 'config.json'],
        ] as const) {
          for (const file of fs.readdirSync(from).filter(wanted))
            await placeFile(path.join(from, file), path.join(folder, file))
        }
      }),
  }
}

const isWeights = (file: string) => /\.safetensors(\.index\.json)?$/.test(file)

/** Works in a folder that is new, and gone afterwards. The converters name a model after its folder. */
async function inFolder(folder: string, work: (folder: string) => Promise<void>): Promise<void> {
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  try {
    await work(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Makes a file or folder under another name and renames it when it is whole. */
async function intoPlace(target: string, make: (partial: string) => Promise<unknown>): Promise<void> {
  const partial = `${target}.partial`
  fs.rmSync(partial, { recursive: true, force: true })
  fs.mkdirSync(path.dirname(target), { recursive: true })
  await make(partial)
  fs.rmSync(target, { recursive: true, force: true })
  fs.renameSync(partial, target)
}

async function runPython(
  environment: PythonEnvironment,
  script: string,
  args: string[],
  options: { signal?: AbortSignal; input?: string; onLine?: (line: string) => void },
): Promise<string> {
  const { code, stdout, stderr } = await run(environment.python, [script, ...args], {
    env: environment.env,
    ...options,
  })
  if (code !== 0) {
    const last = (stderr || stdout).trim().split('\n').at(-1) ?? ''
    throw new EndonymError('conversion_failed', `${path.basename(script)} failed: ${last.slice(0, 400)}`)
  }
  return stdout
}

/** llama.cpp's source, out of the git bundle inside node-llama-cpp. */
async function checkoutLlamaCpp(home: Home): Promise<string> {
  const llama = path.join(path.dirname(createRequire(import.meta.url).resolve('node-llama-cpp')), '..', 'llama')
  const { tag } = JSON.parse(fs.readFileSync(path.join(llama, 'llama.cpp.info.json'), 'utf8')) as { tag: string }
  const folder = path.join(home.cache, `llama.cpp-${tag}`)
  if (!fs.existsSync(folder)) {
    await intoPlace(folder, async (partial) => {
      const { code, stderr } = await run('git', ['clone', '--quiet', path.join(llama, 'gitRelease.bundle'), partial])
      if (code !== 0) throw new EndonymError('conversion_failed', `git could not unpack llama.cpp: ${stderr.trim()}`)
    })
  }
  return folder
}
