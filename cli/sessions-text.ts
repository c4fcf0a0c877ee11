import type { SessionResults } from '../evaluator/sessions/results.ts'
export const resultsText = (results: SessionResults): string => JSON.stringify(results)
