import { heldOutQuestions } from '../data/questions.ts'
import { suiteOf } from '../evaluator/benchmarks.ts'
import { type Evaluation, evaluateStudent, evaluationLimits, type Limits } from '../evaluator/evaluate.ts'
import { ggufExaminee } from '../evaluator/examinee.ts'
import { openHub } from '../evaluator/hub.ts'
import { findModel } from '../models/store.ts'
import type { Run, RunWish } from './distill.ts'
import { rememberTranslation } from './steps/translate.ts'
import type { StudentModels } from './student.ts'
import { articlesTrainedOn } from './trained-on.ts'

/**
 * Compares the student with its base on the same rows, both at 8 bits, so that the numbers speak of what was learned and not of the precision that the file happens to have.
 */
export function appraise(run: Run, models: StudentModels): Promise<Evaluation> {
  const { deps, wish, stage, memory, base } = run
  return stage('evaluate', async () => {
    const translator = await deps.openTranslator()
    const context = { ...deps, rich: deps.rich, language: wish.language, memory }
    const questions = translator.supports(deps.rich, wish.language)
      ? await Promise.all(
          heldOutQuestions().map(async ({ text }) => (await rememberTranslation(context, translator, text)).text),
        )
      : []
    const student = await findModel(deps, models.q8)
    const runtime = async () => deps.runtime
    const hub = openHub({ cache: deps.home.cache })
    const limits = limitsOf(wish)
    return evaluateStudent({
      language: wish.language,
      english: deps.rich,
      base: ggufExaminee(runtime, base, deps.signal),
      student: ggufExaminee(runtime, student, deps.signal),
      heldOutQuestions: questions,
      limits,
      ...(deps.recipe.ownSuite && {
        more: suiteOf(wish.language, { hub, limit: limits.sib200, shots: limits.shots }),
      }),
      trainedOn: await articlesTrainedOn(deps.store, [student.name, base.name], wish.language),
      rememberAll: memory.rememberAll,
      hub,
      progress: deps.progress,
      signal: deps.signal,
    })
  })
}

/** How much is measured: what the scale says, and no more than the wish allows of each. */
function limitsOf({ scale, limit = Number.POSITIVE_INFINITY }: RunWish): Limits {
  const { shots, answerTokens, ...rows } = evaluationLimits[scale]
  const bounded = Object.fromEntries(Object.entries(rows).map(([name, count]) => [name, Math.min(count, limit)]))
  return { ...(bounded as typeof rows), shots, answerTokens }
}
