import { thinkingMarks } from '../../../models/thinking.ts'

/** What a model wrote, told apart: what it said while it thought, and what it answered. */
export type Channels = { text: string; reasoning?: string }

/**
 * Takes the reasoning out of a text that a server handed on as the model wrote it. An opening mark may be missing, because many chat templates write it for the model; a closing one is missing where
 * the model was cut off while it thought, and then nothing was answered.
 *
 * @example splitReasoning('<think>An easy one.</think>\n\nOla!') // { text: 'Ola!', reasoning: 'An easy one.' }
 */
export function splitReasoning(raw: string): Channels {
  if (raw.includes('<|channel|>')) return splitHarmony(raw)
  const thoughts: string[] = []
  let text = raw
  for (const [open, close] of thinkingMarks) {
    if (!text.includes(open) && !text.includes(close)) continue
    let rest = text
    let said = ''
    for (let first = true; rest !== ''; first = false) {
      const opening = rest.indexOf(open)
      const closing = rest.indexOf(close)
      if (opening === -1 && closing === -1) break
      const unopened = closing !== -1 && (opening === -1 || closing < opening)
      // A closing mark alone ends what a template has opened, which can only be the beginning.
      if (unopened && first) thoughts.push(rest.slice(0, closing))
      else if (unopened) said += rest.slice(0, closing)
      else {
        said += rest.slice(0, opening)
        thoughts.push(rest.slice(opening + open.length, closing === -1 ? undefined : closing))
      }
      rest = closing === -1 ? '' : rest.slice(closing + close.length)
    }
    text = said + rest
  }
  return thoughts.length === 0 ? { text: raw } : channels(text, thoughts)
}

/** gpt-oss's format ("harmony"): messages on channels, of which `final` is the answer and the others are not. */
function splitHarmony(raw: string): Channels {
  const thoughts: string[] = []
  let text = ''
  for (const message of raw.split(/<\|(?:start|end|return|call)\|>/)) {
    const [, channel, content] = /<\|channel\|>\s*(\w+)[\s\S]*?<\|message\|>([\s\S]*)/.exec(message) ?? []
    if (channel === undefined || content === undefined) continue
    if (channel === 'final') text += content
    else thoughts.push(content)
  }
  return channels(text, thoughts)
}

function channels(text: string, thoughts: readonly string[]): Channels {
  const reasoning = thoughts
    .map((thought) => thought.trim())
    .filter((thought) => thought !== '')
    .join('\n\n')
  return { text: text.trim(), ...(reasoning !== '' && { reasoning }) }
}
