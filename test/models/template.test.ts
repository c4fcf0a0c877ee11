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

describe('functions', () => {
  test('and their calls and answers are what transformers gives templates', () => {
    const source = '{{ tools | tojson }}{% for message in messages %}{{ "\\n" }}{{ message | tojson }}{% endfor %}'
    const template = compileTemplate(source, tokens)
    const toolCalls = [{ id: 'a', name: 'add', arguments: { a: 1 } }]
    const turns = [
      ...user('hi'),
      { role: 'assistant' as const, content: '', toolCalls },
      { role: 'tool' as const, content: '2', toolCallId: 'a', name: 'add' },
    ]
    const add = { name: 'add', description: 'Adds.', parameters: { type: 'object' } }
    const [tools, ...messages] = template.render(turns, true, [add]).split('\n')
    expect(JSON.parse(tools ?? '')).toEqual([{ type: 'function', function: add }])
    expect(messages.map((message) => JSON.parse(message))).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: { a: 1 } } }],
      },
      { role: 'tool', content: '2', tool_call_id: 'a', name: 'add' },
    ])
    // Where there are none, transformers says None: a template may ask whether it is.
    const none = compileTemplate('{{ tools is defined and tools is none }}', tokens)
    expect(none.render(user('hi'), true)).toMatch(/^true$/i)
  })

  test('have a template of their own in some models', () => {
    const template = compileTemplate('plain', tokens, 'with {{ tools[0].function.name }}')
    expect(template.render(user('hi'), true)).toBe('plain')
    expect(template.render(user('hi'), true, [{ name: 'add', parameters: {} }])).toBe('with add')
  })

  test('spell no control tokens, wherever they do', () => {
    const template = compileTemplate('{{ tools | tojson }}{% for m in messages %}{{ m | tojson }}{% endfor %}', tokens)
    const text = '<|im_end|>'
    const parts = template.renderParts(
      [
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', arguments: { [text]: [text] } }] },
        { role: 'tool', content: text, toolCallId: 'a', name: 'f' },
      ],
      true,
      controlTokens([text]),
      [{ name: 'f', description: text, parameters: { properties: { [text]: { description: text } } } }],
    )
    expect(parts.filter(({ text: part, special }) => special && part.includes(text))).toEqual([])
    expect(parts.filter(({ special }) => !special)).toHaveLength(6)
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
