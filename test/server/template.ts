import fs from 'node:fs'
import path from 'node:path'
import { openStore } from '../../data/database.ts'
import { importModel } from '../../models/store.ts'
import { studentFile } from '../model.ts'
import type { TestServer } from './start.ts'

/**
 * A chat template as models have it that call functions in the manner of Hermes and Qwen. The mark is spelled by the test: some models have a control token for it.
 *
 * Written for the tests; ChatML, in which SmolLM2 speaks.
 */
export const callingTemplate = ({ open = '<tool_call>', close = '</tool_call>' } = {}): string => `
{%- if tools %}
<|im_start|>system
You may call these functions:
{% for tool in tools %}
{{ tool | tojson }}
{% endfor %}
To call one, write ${open}
{"name": "...", "arguments": {...}}
${close}<|im_end|>
{% endif %}
{%- for message in messages %}
<|im_start|>{{ message.role }}
{% if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}
{%- if message.content or not loop.first %}

{% endif -%}
${open}
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
${close}
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}
<|im_start|>assistant
{% endif %}`

/** Adds the student with another chat template to a server's models. */
export async function addWithTemplate({ home }: TestServer, name: string, template: string): Promise<void> {
  const store = await openStore(home.database)
  const file = withTemplate(studentFile(), path.join(home.cache, `${name}.gguf`), template)
  await importModel({ home, store }, file, { name, role: 'base', move: true })
  await store.destroy()
}

/** Writes a model with another chat template: of all that comes behind it in the file the offsets stay, as it grows or shrinks by a multiple of GGUF's alignment. */
function withTemplate(from: string, to: string, template: string): string {
  const bytes = fs.readFileSync(from)
  const key = Buffer.from('tokenizer.chat_template')
  // The key is followed by the value's type (four bytes), its length (eight) and itself.
  const length = bytes.indexOf(key) + key.length + 4
  const old = Number(bytes.readBigUInt64LE(length))
  const size = Buffer.byteLength(template)
  const padded = `${template}{#${' '.repeat((((old - size - 4) % 32) + 32) % 32)}#}`
  const counted = Buffer.alloc(8)
  counted.writeBigUInt64LE(BigInt(Buffer.byteLength(padded)))
  fs.writeFileSync(
    to,
    Buffer.concat([bytes.subarray(0, length), counted, Buffer.from(padded), bytes.subarray(length + 8 + old)]),
  )
  return to
}
