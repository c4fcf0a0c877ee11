import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import zlib from 'node:zlib'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { fontRoutes } from './fonts.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where each page is, and its folder in `web`; `shared` is what they have in common. */
const pages: readonly (readonly [path: string | undefined, folder: string])[] = [
  [undefined, 'shared'],
  ['/', 'chat'],
  ['/s/:session', 'rate'],
  ['/sessions', 'organise'],
  ['/runs', 'runs'],
  ['/models', 'models'],
  ['/leaderboard', 'leaderboard'],
]

/** What pages have in common with the server and with bots. */
const formatter = path.join(import.meta.dirname, '..', 'data', 'messages', 'format.js')

/** The pages, from the folder `web`, and the one that tries the API, from the folder `docs` and Swagger UI. */
export function pageRoutes(): Hono {
  const app = new Hono()
  const fonts = fontRoutes()
  app.route('/', fonts.routes)
  // With the fonts' names in it, one request less comes before the first text.
  const base = path.join(import.meta.dirname, 'web', 'shared', 'base.css')
  app.route('/', contentRoute('/web/shared/base.css', Buffer.from(fonts.faces + fs.readFileSync(base, 'utf8'))))
  app.route('/', fileRoutes('/web/shared', undefined, [formatter]))
  for (const [page, folder] of pages) app.route('/', fileRoutes(`/web/${folder}`, page, filesOf('web', folder)))
  const library = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const scripts = ['swagger-ui.css', 'swagger-ui-bundle.js'].map((name) => path.join(library, name))
  app.route('/', fileRoutes('/docs', '/docs', [...filesOf('docs'), ...scripts]))
  return app
}

function filesOf(...name: string[]): string[] {
  const folder = path.join(import.meta.dirname, ...name)
  return fs.readdirSync(folder).map((file) => path.join(folder, file))
}

/** Files, read once when the server starts, so that no path in a request ever reaches the disk; `index.html` is at `page`. */
function fileRoutes(under: string, page: string | undefined, files: readonly string[]): Hono {
  const app = new Hono()
  for (const file of files) {
    const name = path.basename(file)
    if (!(path.extname(file) in types)) continue
    const at = name === 'index.html' && page !== undefined ? page : `${under}/${name}`
    app.route('/', contentRoute(at, fs.readFileSync(file), types[path.extname(file)]))
  }
  return app
}

/** Something that never changes, compressed once. */
function contentRoute(at: string, content: Buffer<ArrayBuffer>, type = types[path.extname(at)] ?? ''): Hono {
  const compressed = zlib.gzipSync(content)
  return new Hono().get(at, etag(), (c) => {
    const headers = { 'content-type': type, 'cache-control': 'no-cache', vary: 'accept-encoding' }
    return c.req.header('accept-encoding')?.includes('gzip')
      ? c.body(compressed, 200, { ...headers, 'content-encoding': 'gzip' })
      : c.body(content, 200, headers)
  })
}
