import { describe, expect, test } from 'vitest'
import { callFormOf, callOpening, callSchema } from '../../models/call-form.ts'
import { compileTemplate } from '../../models/template.ts'
import { callingTemplate } from '../server/template.ts'

const formOf = (source: string) => callFormOf(compileTemplate(source, { bos: '<s>', eos: '</s>' }))

/** A template around how an assistant's calls are written. */
const writing = (calls: string, turn = '') => `
{%- if tools %}[TOOLS]{{ tools | tojson }}[/TOOLS]{% endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' %}${turn}
{%- if message.tool_calls %}${calls}{% else %}{{ message.content }}{% endif %}</s>
{%- else %}[INST]{{ message.content }}[/INST]{% endif %}
{%- endfor %}`

const each = (call: string) => `{% for call in message.tool_calls %}${call}{% endfor %}`

describe('the form of calls is what a template makes of one', () => {
  test('in marks, as Hermes and Qwen write them', () => {
    expect(formOf(callingTemplate())).toEqual({
      opening: '<tool_call>\n',
      open: '<tool_call>',
      close: '</tool_call>',
      list: false,
      key: 'arguments',
    })
  })

  test('as JSON alone, as Llama writes them', () => {
    const call = '{"name": "{{ call.function.name }}", "parameters": {{ call.function.arguments | tojson }}}'
    expect(formOf(writing(each(call)))).toEqual({ opening: '', open: '', close: '', list: false, key: 'parameters' })
  })

  test('as a list, as Mistral writes them', () => {
    const call =
      '{% if call.id | length != 9 %}{{ raise_exception("9!") }}{% endif %}{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}, "id": "{{ call.id }}"}'
    expect(formOf(writing(`[TOOL_CALLS] [${each(call)}]`))).toEqual({
      opening: '[TOOL_CALLS] ',
      open: '[TOOL_CALLS]',
      close: '',
      list: true,
      key: 'arguments',
    })
  })

  test('whatever stands before every turn is none of it', () => {
    const call = '<call>{{ call.function | tojson }}</call>'
    expect(formOf(writing(each(call), '<think>\n\n</think>\n\n'))).toMatchObject({ open: '<call>', close: '</call>' })
  })

  test.each([
    ['says nothing of tools', '{% for message in messages %}{{ message.content }}{% endfor %}'],
    ['leaves calls out', '{{ tools | tojson }}{% for message in messages %}{{ message.content }}{% endfor %}'],
    ['writes no JSON', writing(each('<function={{ call.function.name }}></function>'))],
    ['leaves out the arguments', writing(each('{"name": "{{ call.function.name }}"}'))],
    ['refuses them', writing('{{ raise_exception("No tools!") }}')],
  ])('there is none where the template %s', (_, source) => {
    expect(formOf(source)).toBeUndefined()
  })
})

describe('a call that has to be made', () => {
  const form = { opening: '<c>\n', open: '<c>', close: '</c>', list: false, key: 'arguments' } as const
  const parameters = { type: 'object', properties: { a: { type: 'integer' } } }

  test('is begun behind a thought that the prompt has opened', () => {
    expect(callOpening(form, 'user\nassistant\n')).toBe('<c>\n')
    expect(callOpening(form, 'assistant\n<think>\n')).toBe('\n</think>\n\n<c>\n')
  })

  test('is of one of the functions', () => {
    const one = callSchema(form, [{ name: 'add', parameters }])
    expect(one).toEqual({ type: 'object', properties: { name: { const: 'add' }, arguments: parameters } })
    const two = callSchema({ ...form, list: true, key: 'parameters' }, [
      { name: 'add', parameters },
      { name: 'sub', parameters },
    ])
    expect(two).toMatchObject({
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: { oneOf: [{ properties: { name: { const: 'add' } } }, { properties: { parameters } }] },
    })
  })
})
