import fs from 'node:fs/promises'
import path from 'node:path'
import { Option } from 'commander'
import { formatBytes } from '../core/files.ts'
import { withMachine } from '../core/lock.ts'
import { type QuantizationType, quantizationTypes, quantize } from '../models/quantize.ts'
import { findModel, importModel } from '../models/store.ts'
import type { Register } from './command.ts'
import { described, withModels } from './models.ts'

const register: Register = (program, action) => {
  program
    .command('quantize <model>')
    .description('make a smaller (or more exact) copy of a model in the store')
    .addOption(
      new Option('--type <type>', 'how its weights are stored')
        .choices(Object.keys(quantizationTypes))
        .default('Q4_K_M'),
    )
    .option('--name <name>', "what to call it (default: the model's name and the type)")
    .action(
      action(async (context, model: string, { type, name }: { type: QuantizationType; name?: string }) => {
        const { home, progress, signal, say } = context
        await withModels(context, async (deps) => {
          const source = await findModel(deps, model)
          // One at a time on a machine: so what a killed process left here is nobody's, and is written over.
          const output = path.join(home.cache, 'quantize.gguf')
          const quantized = async () => {
            const made = await quantize(source.file, output, type, { progress, signal })
            const stored = await importModel(deps, output, {
              name: name ?? `${source.name}-${type.toLowerCase()}`,
              role: source.role,
              base: source.name,
              source: `${source.name}, quantised to ${type}`,
              move: true,
              ...(source.language !== null && { language: source.language }),
              ...(source.run !== null && { run: source.run }),
            })
            return { made, stored }
          }
          try {
            const { made, stored } = await withMachine(quantized, { onWait: say, signal })
            const { seconds, peakMemory, fallbacks } = made
            if (fallbacks > 0)
              say(
                `${fallbacks} tensors got the nearest type that fits, because their rows are no multiple of 256 weights: the file is larger than ${type} usually is.`,
              )
            context.print(
              { ...stored, seconds, peakMemory, fallbacks },
              `${described(stored)} (from ${formatBytes(source.bytes)}, in ${seconds.toFixed(1)} s)`,
            )
          } finally {
            await fs.rm(output, { force: true })
          }
        })
      }),
    )
}

export default register
