import fs from 'node:fs'
import path from 'node:path'

/** Some 500 tokens that all chats of a measurement begin with. */
export const system = fs.readFileSync(path.join(import.meta.dirname, 'system-prompt.txt'), 'utf8').trim()
