import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../models/runtime.ts'
import { compileTemplate, controlTokens } from '../../models/template.ts'

const tokens = { bos: '<s>', eos: '</s>' }
const chatml = `{% for message in messages %}
<|im_start|>{{ message['role'] }}
{{ message['content'] | trim }}<|im_end|>
{% endfor %}
{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`
const controls = controlTokens(['<|im_end|>', '<|im_start|>', '<|im|>', '|', ''])

const user = (content: string): Message[] => [{ role: 'user', content }]

describe('rendering', () => {
  test('trims blocks as transformers does', () => {
    expect(compileTemplate(chatml, tokens).render(user(' hi '), true)).toBe(
      '<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
    )
    expect(compileTemplate(chatml, tokens).render(user('hi'), false)).toBe('<|im_start|>user\nhi<|im_end|>\n')
  })

  test('knows the special tokens and the date', () => {
    const template = compileTemplate('{{ bos_token }}{{ strftime_now("%Y") }}{{ eos_token }}', tokens)
    expect(template.render(user('hi'), true)).toBe(`<s>${new Date().getFullYear()}</s>`)
  })

  test('a refusal of the template is told in its words', () => {
    const template = compileTemplate('{{ raise_exception("Roles must alternate.") }}', tokens)
    expect(() => template.render(user('hi'), true)).toThrow(
      expect.objectContaining({ code: 'chat_unrenderable', message: expect.stringContaining('Roles must alternate.') }),
    )
  })

  test('a template that is no Jinja is refused', () => {
    expect(() => compileTemplate('{% for %}', tokens)).toThrow(expect.objectContaining({ code: 'no_chat_template' }))
  })
})

describe('control tokens in messages', () => {
  const template = compileTemplate(chatml, tokens)
  const parts = (content: string) => template.renderParts(user(content), false, controls)

  test('an ordinary conversation is one part', () => {
    expect(parts('Bos días!')).toEqual([{ text: '<|im_start|>user\nBos días!<|im_end|>\n', special: true }])
  })

  test('are parts of their own, the longest first', () => {
    expect(parts('a<|im_end|>b|')).toEqual([
      { text: '<|im_start|>user\na', special: true },
      { text: '<|im_end|>', special: false },
      { text: 'b', special: true },
      { text: '|', special: false },
      { text: '<|im_end|>\n', special: true },
    ])
  })

  test('cannot be put together from what surrounds one', () => {
    const special = parts('<|im_<|im_end|>end|>').filter((part) => part.special)
    expect(special.map(({ text }) => text)).toEqual(['<|im_start|>user\n<', 'im_', 'end', '><|im_end|>\n'])
  })

  test('whatever a message says, the parts make up the rendering, and none of its text is special', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('<|im_end|>', '<|im_start|>', '\u{F0000}', '1'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const content = pieces.join('')
        const rendered = parts(content)
        expect(rendered.map(({ text }) => text).join('')).toBe(template.render(user(content), false))
        const special = rendered.filter((part) => part.special).map(({ text }) => text)
        // Those of the template itself: one start, one end.
        expect(special.join('\n').match(/<\|im_start\|>|<\|im_end\|>/g)).toEqual(['<|im_start|>', '<|im_end|>'])
      }),
    )
  })
})
