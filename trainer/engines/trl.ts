import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { EndonymError } from '../../core/error.ts'
import { placeFile } from '../../core/files.ts'
import type { Home } from '../../core/home.ts'
import { run } from '../../core/process.ts'
import type { Engine, LossPoint, PreferenceMethod, TrainingOptions } from '../engine.ts'
import { pythonEnvironment } from './trl/environment.ts'

/** `trl sft`, `trl dpo` and `trl kto`, made as fast on a processor as they are on a GPU. */
const script = path.join(import.meta.dirname, 'trl', 'train.py')

/** Steps between two points of the training loss. What people prefer is few rows, and few steps. */
const logEveryOf = ({ preferences }: TrainingOptions): number => (preferences ? 1 : 5)

/**
 * Trains by TRL's own commands, `trl sft`, `trl dpo` and `trl kto`, from a configuration file: LoRA on all linear layers or all weights; loss on the completion alone, or on all of a text; rows packed, or grouped by length so that
 * little is padding. Of preferences the reference model is the student as it was, which under an adapter needs no second copy.
 *
 * Early stopping is done from here: the command has none, so it is ended when the held-out loss has not improved for `patience` evaluations, and the best checkpoint's adapter is taken.
 */
export function trlEngine(home: Home, threads: number): Engine {
  const environment = pythonEnvironment(home, threads)
  return {
    name: 'trl',
    train: async (dataset, student, options) => {
      const { folder, signal } = options
      const output = path.join(folder, 'checkpoints')
      fs.mkdirSync(path.join(folder, 'dataset'), { recursive: true })
      await placeFile(dataset.train, path.join(folder, 'dataset', 'train.jsonl'))
      if (dataset.valid !== undefined) await placeFile(dataset.valid, path.join(folder, 'dataset', 'test.jsonl'))
      const method = options.preferences?.name ?? 'sft'
      const config = path.join(folder, `${method}.yaml`)
      const held = dataset.valid !== undefined
      // YAML holds JSON, so the file needs no YAML writer.
      fs.writeFileSync(
        config,
        JSON.stringify(trlConfig(path.join(folder, 'dataset'), student, output, { ...options, held }), null, 2),
      )

      const resumed = latestCheckpoint(output)
      const curve = resumed ? readCurve(resumed) : []
      const stop = new AbortController()
      const watch = watchLoss(options, curve, () => stop.abort())
      const started = performance.now()
      let tokens = 0
      let peakMemory = 0
      let loopSeconds: number | undefined
      try {
        const ran = await run(environment.accelerate, ['launch', script, method, '--config', config], {
          env: environment.env,
          signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
          onLine: (line) => {
            // Both are of all that was trained on; a short training is over before its first line of losses.
            tokens = field(line, 'num_tokens') ?? field(line, 'eval_num_tokens') ?? tokens
            loopSeconds = field(line, 'train_runtime') ?? loopSeconds
            watch(line)
          },
        })
        peakMemory = ran.peakMemory
        if (ran.code !== 0) throw trainingFailed(ran.stderr)
      } catch (error) {
        if (!stop.signal.aborted || signal?.aborted) throw error
      }
      const { adapter, history } = bestAdapter(output)
      return {
        adapter,
        ...(options.weights === 'full' && { weights: options.weights }),
        curve: history,
        steps: history.at(-1)?.step ?? 0,
        stoppedEarly: stop.signal.aborted,
        tokens,
        seconds: (performance.now() - started) / 1000,
        ...(loopSeconds !== undefined && { loopSeconds }),
        peakMemory,
      }
    },
  }
}

/**
 * The configuration of a command of TRL's. Of supervised rows the loss of completions is taken where they have prompts, and of everything where they are text.
 *
 * @param options.held whether there are held-out rows. (true)
 */
export function trlConfig(
  dataset: string,
  student: string,
  output: string,
  options: TrainingOptions & { held?: boolean },
) {
  const { preferences, held = true } = options
  // A pair is two sequences, and KTO compares an answer with another one of its batch.
  const atOnce = preferences ? 2 : Math.min(options.batch, 4)
  return {
    model_name_or_path: student,
    dataset_name: dataset,
    output_dir: output,
    ...(latestCheckpoint(output) && { resume_from_checkpoint: latestCheckpoint(output) }),
    // 16-bit floats are slower than 32-bit ones on processors without matrix units (half the tokens/s on AVX-512 BF16).
    dtype: 'float32',
    bf16: false,
    ...(options.weights === 'full'
      ? { use_peft: false }
      : {
          use_peft: true,
          lora_r: options.rank,
          lora_alpha: 2 * options.rank,
          lora_dropout: 0,
          lora_target_modules: 'all-linear',
        }),
    learning_rate: options.learningRate,
    lr_scheduler_type: 'cosine',
    // Below 1 it is a share of the steps.
    warmup_steps: options.warmup ?? 0.05,
    num_train_epochs: options.epochs,
    per_device_train_batch_size: atOnce,
    per_device_eval_batch_size: preferences ? 2 : 4,
    gradient_accumulation_steps: Math.max(1, Math.round(options.batch / atOnce)),
    gradient_checkpointing: false,
    ...(preferences ? preferenceConfig(preferences) : samplingConfig(options)),
    max_length: options.length,
    ...(held ? { eval_strategy: 'steps', eval_steps: options.evaluateEvery } : { eval_strategy: 'no' }),
    save_strategy: 'steps',
    save_steps: options.evaluateEvery,
    // Never less than the best and the newest. All weights with their optimiser's state are large: twelve bytes a parameter.
    save_total_limit: options.weights === 'full' ? 1 : options.patience + 2,
    ...(held && { load_best_model_at_end: true, metric_for_best_model: 'eval_loss', greater_is_better: false }),
    logging_steps: logEveryOf(options),
    disable_tqdm: true,
    report_to: 'none',
    seed: options.seed,
  }
}

/** `bfd_split`: what a row has beyond a sequence goes into another one, instead of being cut off. */
const samplingConfig = ({ packing }: TrainingOptions) =>
  packing ? { packing: true, packing_strategy: 'bfd_split' } : { train_sampling_strategy: 'group_by_length' }

const preferenceConfig = ({ name, beta, weights }: PreferenceMethod) => ({
  beta,
  // Whose answers are compared with their neighbours' in the file stays beside them.
  ...(name === 'kto' && { train_sampling_strategy: 'sequential' }),
  ...(name === 'kto' && weights && { desirable_weight: weights.wanted, undesirable_weight: weights.unwanted }),
})

/** Follows the lines that the trainer prints, reports each loss, and calls `stop` when the held-out loss has stopped falling. */
function watchLoss(
  options: Parameters<Engine['train']>[2],
  curve: LossPoint[],
  stop: () => void,
): (line: string) => void {
  const logEvery = logEveryOf(options)
  let step = curve.findLast((point) => point.split === 'train')?.step ?? 0
  const held = curve.filter((point) => point.split === 'valid').map((point) => point.loss)
  let total: number | undefined
  return (line) => {
    const [loss, evalLoss, epoch = 0] = [field(line, 'loss'), field(line, 'eval_loss'), field(line, 'epoch')]
    if (loss !== undefined) {
      step += logEvery
      if (epoch > 0) total = Math.round((step / epoch) * options.epochs)
      options.onLoss?.({ step, epoch, loss, split: 'train' })
      options.progress({
        stage: 'train',
        done: step,
        ...(total && { total: Math.max(total, step + 1) }),
        unit: 'steps',
        note: `loss ${loss.toFixed(2)}`,
      })
    }
    if (evalLoss !== undefined) {
      held.push(evalLoss)
      options.onLoss?.({ step, epoch, loss: evalLoss, split: 'valid' })
      const best = held.indexOf(Math.min(...held))
      if (held.length - 1 - best >= options.patience) stop()
    }
  }
}

/** A number in a line that the trainer prints, such as `{'loss': '2.36', 'epoch': '0.19'}`. */
function field(line: string, name: string): number | undefined {
  const value = new RegExp(`'${name}': '?([-+.\\de]+)'?`).exec(line)?.[1]
  return value === undefined ? undefined : Number(value)
}

const stateSchema = z.object({
  global_step: z.number(),
  best_model_checkpoint: z.string().nullish(),
  log_history: z.array(
    z.object({ step: z.number(), epoch: z.number(), loss: z.number().optional(), eval_loss: z.number().optional() }),
  ),
})

function readState(checkpoint: string) {
  return stateSchema.parse(JSON.parse(fs.readFileSync(path.join(checkpoint, 'trainer_state.json'), 'utf8')))
}

function readCurve(checkpoint: string): LossPoint[] {
  return readState(checkpoint).log_history.flatMap(({ step, epoch, loss, eval_loss }): LossPoint[] => [
    ...(loss !== undefined ? [{ step, epoch, loss, split: 'train' as const }] : []),
    ...(eval_loss !== undefined ? [{ step, epoch, loss: eval_loss, split: 'valid' as const }] : []),
  ])
}

/** The newest checkpoint that was written to its end: the trainer writes `trainer_state.json` last but for the random state. */
function latestCheckpoint(output: string): string | undefined {
  const names = fs.existsSync(output) ? fs.readdirSync(output).filter((name) => /^checkpoint-\d+$/.test(name)) : []
  names.sort((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]))
  return names
    .map((name) => path.join(output, name))
    .find((checkpoint) => {
      try {
        readState(checkpoint)
        return (
          fs.existsSync(path.join(checkpoint, 'rng_state.pth')) && fs.existsSync(path.join(checkpoint, 'optimizer.pt'))
        )
      } catch {
        return false
      }
    })
}

/** The adapter of the checkpoint with the lowest held-out loss, and the whole loss curve. */
function bestAdapter(output: string): { adapter: string; history: LossPoint[] } {
  const latest = latestCheckpoint(output)
  if (!latest) throw new EndonymError('training_failed', `Training left no checkpoint in ${output}.`)
  const { best_model_checkpoint: best } = readState(latest)
  return { adapter: best && fs.existsSync(best) ? best : latest, history: readCurve(latest) }
}

function trainingFailed(stderr: string): EndonymError {
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const last = lines.findLast((line) => /^[\w.]*(Error|Exception|Killed)\b/.test(line)) ?? lines.at(-1) ?? ''
  if (/No space left/i.test(stderr)) {
    return new EndonymError(
      'disk_full',
      'The disk is full: training could not write its checkpoint. Free some space and run the same command again; it goes on from the last checkpoint.',
    )
  }
  return new EndonymError(
    'training_failed',
    `Training failed: ${last.slice(0, 400)}. Run the same command again to go on from the last checkpoint; "endonym doctor" checks the environment.`,
  )
}
