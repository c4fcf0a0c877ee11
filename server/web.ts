import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Hono } from 'hono'
import { etag } from 'hono/etag'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The chat page, from the folder `web`, and the page that tries the API, from the folder `docs` and Swagger UI. */
export function pageRoutes(): Hono {
  const library = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const scripts = ['swagger-ui.css', 'swagger-ui-bundle.js'].map((name) => path.join(library, name))
  const app = new Hono()
  app.route('/', fileRoutes('/web', '/', filesOf('web')))
  app.route('/', fileRoutes('/docs', '/docs', [...filesOf('docs'), ...scripts]))
  return app
}

function filesOf(name: string): string[] {
  const folder = path.join(import.meta.dirname, name)
  return fs.readdirSync(folder).map((file) => path.join(folder, file))
}

/** Files, read once when the server starts, so that no path in a request ever reaches the disk; `index.html` is at `page`. */
function fileRoutes(under: string, page: string, files: readonly string[]): Hono {
  const app = new Hono()
  for (const file of files) {
    const type = types[path.extname(file)]
    if (!type) continue
    const content = fs.readFileSync(file, 'utf8')
    const name = path.basename(file)
    app.get(name === 'index.html' ? page : `${under}/${name}`, etag(), (c) =>
      c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' }),
    )
  }
  return app
}
