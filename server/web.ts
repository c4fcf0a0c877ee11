import fs from 'node:fs'
import path from 'node:path'
import { Hono } from 'hono'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The chat page and its files: the folder `web`, read once when the server starts, so that no path in a request ever reaches the disk. */
export function pageRoutes(folder = path.join(import.meta.dirname, 'web')): Hono {
  const app = new Hono()
  for (const name of fs.readdirSync(folder)) {
    const type = types[path.extname(name)]
    if (!type) continue
    const content = fs.readFileSync(path.join(folder, name), 'utf8')
    const address = name === 'index.html' ? '/' : `/web/${name}`
    app.get(address, (c) => c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' }))
  }
  return app
}
