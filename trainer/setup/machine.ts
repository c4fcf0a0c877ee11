import fs from 'node:fs'
import os from 'node:os'
import { messageOf } from '../../core/error.ts'
import { formatBytes, freeSpace } from '../../core/files.ts'
import type { Home } from '../../core/home.ts'
import { memoryForModels, shareOfModels } from '../../models/host/memory.ts'
import { openRuntime } from '../../models/llama.ts'
import type { Runtime } from '../../models/runtime.ts'
import { defaultStudentFile } from '../../models/sources.ts'
import type { Check } from './check.ts'

/** Peak memory of fine-tuning the default student, rounded up. */
const trainingMemory = 6e9

/** What the Python environment with pip's cache, the default student and the files of a run take together. */
const setUpSpace = 4e9

/** What a run takes once everything is installed. */
const runSpace = 1.5e9

/** Tokens of /proc/cpuinfo that make llama.cpp and PyTorch faster, by the name that people know. */
const features: Record<string, string> = {
  avx2: 'AVX2',
  fma: 'FMA',
  avx512f: 'AVX-512',
  avx512_vnni: 'VNNI',
  avx512_bf16: 'BF16',
  amx_int8: 'AMX',
  asimddp: 'dot product',
  i8mm: 'int8 matrices',
  sve: 'SVE',
}

/** The hardware: none of it can be mended by a command, so only a full disk stands in the way. */
export async function checkMachine(home: Home, installed: boolean): Promise<Check[]> {
  return [checkNode(), ...(await checkRuntime(home)), checkProcessor(), checkMemory(), await checkDisk(home, installed)]
}

function checkNode(): Check {
  const { node } = process.versions
  return Number(node.split('.')[0]) >= 24
    ? { name: 'node', state: 'ok', says: `Node.js ${node}.` }
    : { name: 'node', state: 'missing', says: `Node.js ${node} is older than 24.`, mend: 'npm ci' }
}

/** What llama.cpp computes on, how much of the default student would be on a GPU, and how much memory models may take when they are served. */
async function checkRuntime(home: Home): Promise<Check[]> {
  const name = 'llama.cpp'
  try {
    const runtime = await openRuntime()
    const { gpu, threads } = runtime
    const memory = await memoryForModels(runtime)
    const says = gpu
      ? `Computes on the GPU by ${gpu}, with ${threads} threads beside it${await layersOnGpu(runtime, home)}.`
      : `Computes on the processor with ${threads} threads; it found no GPU that it can use.`
    await runtime.dispose()
    return [
      { name, state: 'ok', says },
      {
        name: 'serving',
        state: 'ok',
        says: `Models may take ${formatBytes(memory)} when they are served, ${100 * shareOfModels} % of what is free ${gpu ? 'on the GPU' : 'now'}; endonym serve --memory GB says otherwise.`,
      },
    ]
  } catch (error) {
    return [{ name, state: 'missing', says: messageOf(error), mend: 'npm ci' }]
  }
}

/** Is tried: how many fit depends on what else is there. */
async function layersOnGpu(runtime: Runtime, home: Home): Promise<string> {
  const file = defaultStudentFile(home)
  if (!fs.existsSync(file)) return ''
  try {
    const model = await runtime.load(file)
    const { gpuLayers } = model
    await model.dispose()
    return `; ${gpuLayers} layers of the default student would be on it`
  } catch (error) {
    return `; the default student does not load (${messageOf(error)})`
  }
}

function checkProcessor(): Check {
  const name = 'processor'
  const { known, model } = processorOf(readText('/proc/cpuinfo'))
  const cores = os.availableParallelism()
  const says = `${cores} ${cores === 1 ? 'core' : 'cores'} of ${model}${known.length > 0 ? ` (${known.join(', ')})` : ''}.`
  if (process.platform === 'linux' && process.arch === 'x64' && !known.includes('AVX2')) {
    return { name, state: 'optional-missing', says: `${says} Without AVX2 it computes several times slower.` }
  }
  return { name, state: 'ok', says }
}

/** The name of a processor and those of its features that matter here, out of Linux's description. */
export function processorOf(cpuinfo: string): { model: string; known: string[] } {
  const flags = new Set((/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '').split(' '))
  return {
    model: os.cpus()[0]?.model.trim() || /^model name\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] || process.arch,
    known: Object.entries(features).flatMap(([flag, feature]) => (flags.has(flag) ? [feature] : [])),
  }
}

function checkMemory(): Check {
  // In a container the limit counts; without one it is 0 or more than there is.
  const memory = Math.min(os.totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  const says = `${formatBytes(memory)}, of which ${formatBytes(Math.min(memory, os.freemem()))} free.`
  return memory >= trainingMemory
    ? { name: 'memory', state: 'ok', says }
    : {
        name: 'memory',
        state: 'optional-missing',
        says: `${says} Chatting needs little; fine-tuning the default student takes up to ${formatBytes(trainingMemory)}.`,
      }
}

async function checkDisk(home: Home, installed: boolean): Promise<Check> {
  const free = await freeSpace(home.dir)
  const needed = installed ? runSpace : setUpSpace
  const what = Number.isFinite(free) ? `${formatBytes(free)} free under ${home.dir}` : `${home.dir} is writable`
  return free >= needed
    ? { name: 'disk', state: 'ok', says: `${what}.` }
    : {
        name: 'disk',
        state: 'missing',
        says: `${what}, and ${installed ? 'a run' : 'set-up with a run'} takes up to ${formatBytes(needed)}.`,
        mend: 'endonym --home DIR doctor',
      }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
