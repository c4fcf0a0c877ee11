import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Hono } from 'hono'

/**
 * Scripts that phones often have no font for, the package that has one (SIL Open Font License), and the blocks of Unicode that it is for. What the packages' own styles name beside (joiners, Arabic
 * commas) is in texts of other scripts too, which would then be drawn with it.
 */
const scripts = [
  ['noto-sans-ethiopic', 'ethiopic', 'U+1200-139F,U+2D80-2DDF,U+AB00-AB2F'],
  ['noto-serif-tibetan', 'tibetan', 'U+0F00-0FFF'],
  ['noto-sans-khmer', 'khmer', 'U+1780-17FF,U+19E0-19FF'],
  ['noto-sans-nko', 'nko', 'U+07C0-07FF'],
  ['noto-sans-thaana', 'thaana', 'U+0780-07BF'],
  ['noto-sans-myanmar', 'myanmar', 'U+1000-109F,U+A9E0-A9FF,U+AA60-AA7F'],
  ['noto-sans-mongolian', 'mongolian', 'U+1800-18AF'],
] as const

/** The one name that pages know these fonts by: a browser takes of it what a text needs. */
const family = 'Endonym scripts'

/** The fonts, and the style that names them: a browser loads one when a text has a character of its script. */
export function fontRoutes(): { routes: Hono; faces: string } {
  const resolve = createRequire(import.meta.url).resolve
  const app = new Hono()
  const faces = scripts.map(([name, script, range]) => {
    const folder = path.dirname(resolve(`@fontsource/${name}/package.json`))
    const file = `${name}-${script}-400-normal.woff2`
    const font = fs.readFileSync(path.join(folder, 'files', file))
    app.get(`/web/fonts/${file}`, (c) =>
      c.body(font, 200, { 'content-type': 'font/woff2', 'cache-control': 'public, max-age=31536000, immutable' }),
    )
    return `@font-face{font-family:"${family}";src:url(/web/fonts/${file}) format("woff2");font-display:swap;unicode-range:${range}}\n`
  })
  return { routes: app, faces: faces.join('') }
}
