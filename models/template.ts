import { Template } from '@huggingface/jinja'
import { EndonymError, messageOf } from '../core/error.ts'
import type { Message } from './runtime.ts'

/** A piece of a rendered conversation: text in which special tokens count as such, or text of a message that only looks like one. */
export type RenderedPart = { text: string; special: boolean }

/** What a chat template may use of its model. */
export type TemplateTokens = { bos: string | null; eos: string | null }

/** Renders conversations with one model's chat template, as transformers' `apply_chat_template` does. */
export type ChatTemplate = {
  render(messages: readonly Message[], addGenerationPrompt: boolean): string
  /**
   * The rendering in parts, whose concatenation it is. Wherever a message's text spells one of `controls` (the model's control tokens, as in
   * "<|im_end|>") that text is a part of its own, not special; an ordinary conversation is one part.
   */
  renderParts(messages: readonly Message[], addGenerationPrompt: boolean, controls: ControlTokens): RenderedPart[]
}

/** The texts of a model's control tokens, ready to be looked for. */
export type ControlTokens = { readonly pattern: RegExp | undefined }

export function controlTokens(texts: readonly string[]): ControlTokens {
  const escaped = texts.filter((text) => text !== '').map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  // The longest first: an alternation takes the first that fits.
  escaped.sort((a, b) => b.length - a.length)
  return { pattern: escaped.length === 0 ? undefined : new RegExp(escaped.join('|'), 'g') }
}

/**
 * Compiles a chat template.
 *
 * The engine is @huggingface/jinja: Hugging Face's own twin, in JavaScript, of what transformers renders with (trim_blocks, lstrip_blocks,
 * `raise_exception`, `strftime_now`, `tojson`). llama.cpp's engine inside node-llama-cpp is reached only through private interfaces.
 *
 * @throws EndonymError `no_chat_template` where the template cannot be parsed
 */
export function compileTemplate(source: string, tokens: TemplateTokens): ChatTemplate {
  const template = parse(source)
  const render = (messages: readonly Message[], addGenerationPrompt: boolean): string => {
    try {
      return template.render({
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: addGenerationPrompt,
        bos_token: tokens.bos ?? '',
        eos_token: tokens.eos ?? '',
      })
    } catch (cause) {
      // Templates refuse what their model was not trained on: two turns of the user in a row, a system prompt, an empty conversation.
      throw new EndonymError(
        'chat_unrenderable',
        `The model's chat template refuses this conversation: ${messageOf(cause)}. Change the order or the roles of its messages.`,
        { cause },
      )
    }
  }
  return {
    render,
    renderParts(messages, addGenerationPrompt, { pattern }) {
      const found = pattern && messages.some(({ content }) => content.search(pattern) >= 0)
      if (!found) return [{ text: render(messages, addGenerationPrompt), special: true }]
      // Each look-alike is replaced by a mark that no message holds, and put back after rendering: a template may trim, split or repeat a message's text.
      const mark = unusedCharacter(messages)
      const replaced: string[] = []
      const marked = messages.map(({ role, content }) => ({
        role,
        content: content.replace(pattern, (text) => `${mark}${replaced.push(text) - 1}${mark}`),
      }))
      return render(marked, addGenerationPrompt)
        .split(mark)
        .map((text, i) =>
          i % 2 === 0 ? { text, special: true } : { text: replaced[Number(text)] ?? '', special: false },
        )
        .filter(({ text }) => text !== '')
    },
  }
}

function parse(source: string): Template {
  try {
    return new Template(source)
  } catch (cause) {
    throw new EndonymError(
      'no_chat_template',
      `The model's chat template cannot be understood: ${messageOf(cause)}. Use a chat model whose template is valid Jinja.`,
      { cause },
    )
  }
}

/** A character of the supplementary private use area that is in none of the messages. */
function unusedCharacter(messages: readonly Message[]): string {
  for (let code = 0xf0000; ; code++) {
    const character = String.fromCodePoint(code)
    if (messages.every(({ content }) => !content.includes(character))) return character
  }
}
