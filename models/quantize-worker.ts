import fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import koffi from 'koffi'

/**
 * The process that quantises: `node quantize-worker.ts '{"input":…,"output":…,"fileType":7,"threads":2}'`.
 *
 * It is a process of its own because the call blocks, and because llama.cpp ends its process when an assertion of it fails. llama.cpp's log, with the
 * progress in it, goes to standard error. Exit code 0: done; 1: llama.cpp refused (its reason is the log's last line); 3: the library is not the one that
 * this was written for (the reason is on standard output).
 */
export type QuantizeJob = { input: string; output: string; fileType: number; threads: number }

class Unsupported extends Error {}

/** The shared library libllama of the binaries that node-llama-cpp runs on this machine; the one for the processor, which every platform has. */
async function findLibrary(): Promise<string> {
  const platform = { linux: 'linux', darwin: 'mac', win32: 'win' }[process.platform as string]
  const name = `@node-llama-cpp/${platform}-${process.arch === 'arm' ? 'armv7l' : process.arch}`
  const require = createRequire(fileURLToPath(import.meta.resolve('node-llama-cpp')))
  for (const candidate of [name, `${name}-metal`])
    for (const folder of require.resolve.paths(candidate) ?? []) {
      const bins = path.join(folder, candidate, 'bins')
      const files = await fs.readdir(bins, { recursive: true }).catch(() => [])
      const library = files.find((file) => /^(lib)?llama(\.[\w.]+)?\.(so|dylib|dll)$/.test(path.basename(file)))
      if (library) return path.join(bins, library)
    }
  throw new Unsupported(`node-llama-cpp has no prebuilt llama.cpp for ${process.platform} on ${process.arch}`)
}

/** `llama_model_quantize_params` of llama.cpp v0.5.0, include/llama.h. */
const Params = koffi.struct('llama_model_quantize_params', {
  nthread: 'int32_t',
  ftype: 'int32_t',
  output_tensor_type: 'int32_t',
  token_embedding_type: 'int32_t',
  allow_requantize: 'bool',
  quantize_output_tensor: 'bool',
  only_copy: 'bool',
  pure: 'bool',
  keep_split: 'bool',
  dry_run: 'bool',
  imatrix: 'void *',
  kv_overrides: 'void *',
  tt_overrides: 'void *',
  prune_layers: 'void *',
  max_buf_size: 'size_t',
})

/** What `llama_model_quantize_default_params` gives in the version that the struct was taken from; `GGML_TYPE_COUNT` grows with new types. */
const isTypeCount = (value: unknown) => typeof value === 'number' && value >= 40 && value < 100
const defaults: Record<string, (value: unknown) => boolean> = {
  nthread: (value) => value === 0,
  ftype: (value) => value === 7,
  output_tensor_type: isTypeCount,
  token_embedding_type: isTypeCount,
  allow_requantize: (value) => value === false,
  quantize_output_tensor: (value) => value === true,
  only_copy: (value) => value === false,
  pure: (value) => value === false,
  keep_split: (value) => value === false,
  dry_run: (value) => value === false,
  imatrix: (value) => value === null,
  kv_overrides: (value) => value === null,
  tt_overrides: (value) => value === null,
  prune_layers: (value) => value === null,
  max_buf_size: (value) => Number(value) === 8 * 2 ** 30,
}

/** Weights kept in memory at once: 1 GiB rather than llama.cpp's 8, which small machines do not have. */
const maxBuffer = 2 ** 30

async function quantize({ input, output, fileType, threads }: QuantizeJob): Promise<number> {
  const file = await findLibrary()
  const library = koffi.load(file)
  const params = library.func('llama_model_quantize_default_params', Params, [])() as Record<string, unknown>
  const wrong = Object.entries(defaults).filter(([field, fits]) => !fits(params[field]))
  if (wrong.length > 0)
    throw new Unsupported(
      `the settings of llama_model_quantize in ${file} are laid out in another way than this version of Endonym knows (${wrong
        .map(([field]) => `${field} is ${params[field]}`)
        .join(', ')})`,
    )
  const run = library.func('llama_model_quantize', 'uint32_t', ['str', 'str', koffi.pointer(Params)])
  return run(input, output, {
    ...params,
    nthread: threads,
    ftype: fileType,
    // A student may be merged on a base that is itself quantised.
    allow_requantize: true,
    max_buf_size: maxBuffer,
  })
}

try {
  process.exitCode = await quantize(JSON.parse(process.argv[2] ?? '{}'))
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof Unsupported ? 3 : 4
}
