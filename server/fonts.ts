import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Hono } from 'hono'

/** Scripts that phones often have no font for, and the package that has one (SIL Open Font License). */
const scripts = [
  ['noto-sans-ethiopic', 'ethiopic'],
  ['noto-serif-tibetan', 'tibetan'],
  ['noto-sans-khmer', 'khmer'],
  ['noto-sans-nko', 'nko'],
  ['noto-sans-thaana', 'thaana'],
  ['noto-sans-myanmar', 'myanmar'],
  ['noto-sans-mongolian', 'mongolian'],
] as const

/** The one name that pages know these fonts by: a browser takes of it what a text needs. */
const family = 'Endonym scripts'

/** The fonts, and the style that names them: a browser loads one when a text needs a character that its own fonts lack. */
export function fontRoutes(): { routes: Hono; faces: string } {
  const resolve = createRequire(import.meta.url).resolve
  const app = new Hono()
  const faces = scripts.map(([name, script]) => {
    const folder = path.dirname(resolve(`@fontsource/${name}/package.json`))
    const file = `${name}-${script}-400-normal.woff2`
    const blocks = fs.readFileSync(path.join(folder, '400.css'), 'utf8').match(/@font-face \{[^}]*\}/g) ?? []
    const [, range = ''] = /unicode-range: ([^;]*);/.exec(blocks.find((block) => block.includes(file)) ?? '') ?? []
    const font = fs.readFileSync(path.join(folder, 'files', file))
    app.get(`/web/fonts/${file}`, (c) =>
      c.body(font, 200, { 'content-type': 'font/woff2', 'cache-control': 'public, max-age=31536000, immutable' }),
    )
    return `@font-face{font-family:"${family}";src:url(/web/fonts/${file}) format("woff2");font-display:swap;unicode-range:${range}}\n`
  })
  return { routes: app, faces: faces.join('') }
}
