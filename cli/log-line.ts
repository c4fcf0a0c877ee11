import type { RequestLine } from '../server/log.ts'

/** A line of the server's log as a person reads it on a terminal. */
export function logLine(json: string): string {
  const { time, msg, ...line } = JSON.parse(json) as Partial<RequestLine> & { time: string; msg?: string }
  if (msg !== undefined) return msg
  const { request, method, path, status, ms, model, key, code, failure } = line
  const parts = [time, method ?? '-', path ?? '-', status]
  if (ms !== undefined) parts.push(`${ms}ms`)
  if (model !== undefined) parts.push(`model=${model}`)
  if (line.finish_reason !== undefined) {
    parts.push(`tokens=${line.prompt_tokens}+${line.completion_tokens}`, line.finish_reason)
  }
  if (key !== undefined) parts.push(`key=${key}`)
  if (code !== undefined) parts.push(code)
  if (failure !== undefined) parts.push(`request=${request} failed: ${visible(failure)}`)
  return [parts.join(' '), ...(line.stack?.split('\n').slice(1).map(visible) ?? [])].join('\n')
}

/** Without what would move a terminal's cursor or change its colours. */
function visible(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
