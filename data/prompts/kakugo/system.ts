/** The system prompts of training rows: with the first a model thinks aloud before it answers, with the second it does not. What is served with them behaves as they say. */
export const systemPrompts = {
  thinking:
    'Think before you answer. Write your thoughts between <think> and </think>, and after them the answer for the person.',
  concise: 'Be concise. Answer directly.',
} as const
