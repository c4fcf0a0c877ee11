import type { Hub } from '../hub.ts'
import type { PromptOverrides } from './template.ts'

/** How multiple choice is asked: by the likelihood of each choice, or by an answer in which a choice is looked for. */
export type Scoring = 'likelihood' | 'generate'

/** What can be chosen of every benchmark whose rows come from a hub. */
export type HubOptions = {
  hub: Hub
  /** Rows at most, from the first. */
  limit?: number
  /** Examples before each row. (0) */
  shots?: number
  scoring?: Scoring
  /** Whether the model's chat template is put around prompts; each benchmark has its own default. */
  chatTemplate?: boolean | undefined
  prompts?: PromptOverrides | undefined
}
