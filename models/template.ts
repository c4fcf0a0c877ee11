import { Template } from '@huggingface/jinja'
import { EndonymError, messageOf } from '../core/error.ts'
import { asTemplateTool, asTemplateTurn, changeTool, changeTurn, type Tool, type Turn } from './tools.ts'

/** A piece of a rendered conversation: text in which special tokens count as such, or text of a message that only looks like one. */
export type RenderedPart = { text: string; special: boolean }

/** What a chat template may use of its model. */
export type TemplateTokens = { bos: string | null; eos: string | null }

/** Renders conversations with one model's chat template, as transformers' `apply_chat_template` does. */
export type ChatTemplate = {
  render(turns: readonly Turn[], addGenerationPrompt: boolean, tools?: readonly Tool[]): string
  /**
   * The rendering in parts, whose concatenation it is. Wherever the text of a message or a tool spells one of `controls` (the model's control tokens, as in
   * "<|im_end|>") that text is a part of its own, not special; an ordinary conversation is one part.
   */
  renderParts(
    turns: readonly Turn[],
    addGenerationPrompt: boolean,
    controls: ControlTokens,
    tools?: readonly Tool[],
  ): RenderedPart[]
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
 * @param toolSource the template for conversations with tools, where a model has one of its own.
 * @throws EndonymError `no_chat_template` where the template cannot be parsed
 */
export function compileTemplate(source: string, tokens: TemplateTokens, toolSource = source): ChatTemplate {
  const plain = parse(source)
  const withTools = toolSource === source ? plain : parse(toolSource)
  const render = (turns: readonly Turn[], addGenerationPrompt: boolean, tools: readonly Tool[] = []): string => {
    try {
      return (tools.length > 0 ? withTools : plain).render({
        messages: turns.map(asTemplateTurn),
        tools: tools.length > 0 ? tools.map(asTemplateTool) : null,
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
    renderParts(turns, addGenerationPrompt, { pattern }, tools = []) {
      const texts = textsOf(turns, tools)
      const found = pattern && texts.some((text) => text.search(pattern) >= 0)
      if (!found) return [{ text: render(turns, addGenerationPrompt, tools), special: true }]
      // Each look-alike is replaced by a mark that no text holds, and put back after rendering: a template may trim, split or repeat a message's text.
      const mark = unusedCharacter(texts)
      const replaced: string[] = []
      const hide = (text: string): string =>
        text.replace(pattern, (found) => `${mark}${replaced.push(found) - 1}${mark}`)
      const hidden = turns.map((turn) => changeTurn(turn, hide))
      return render(
        hidden,
        addGenerationPrompt,
        tools.map((tool) => changeTool(tool, hide)),
      )
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

/** All texts that somebody wrote. */
function textsOf(turns: readonly Turn[], tools: readonly Tool[]): string[] {
  const texts: string[] = []
  const collect = (text: string): string => {
    texts.push(text)
    return text
  }
  for (const turn of turns) changeTurn(turn, collect)
  for (const tool of tools) changeTool(tool, collect)
  return texts
}

/** A character of the supplementary private use area that is in none of the texts. */
function unusedCharacter(texts: readonly string[]): string {
  for (let code = 0xf0000; ; code++) {
    const character = String.fromCodePoint(code)
    if (texts.every((text) => !text.includes(character))) return character
  }
}
