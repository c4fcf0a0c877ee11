import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

/** From the lowest to the highest: a folder imports from itself and from those before it. */
const layers = ['core', 'data', 'models', 'evaluator', 'trainer', 'server', 'cli']

/** Every way in which a module can name another. */
const imports = (from: string) => [
  `import ${JSON.stringify(from)}`,
  `import type { X } from ${JSON.stringify(from)}\nexport type Y = X`,
  `export * from ${JSON.stringify(from)}`,
  `export const x = await import(${JSON.stringify(from)})`,
]

test('the linter holds the direction of imports', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'architecture-'))
  try {
    const { vcs: _, ...config } = JSON.parse(fs.readFileSync('biome.json', 'utf8'))
    fs.writeFileSync(path.join(folder, 'biome.json'), JSON.stringify(config))
    const forbidden: string[] = []
    const write = (from: string, to: string, allowed: boolean) => {
      for (const [way, code] of [...imports(`../${to}/x.ts`), ...imports(`../../${to}/deep/x.ts`)].entries()) {
        const file = path.join(from, ...(way < 4 ? [] : ['deep']), `${to}-${way}.ts`)
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
        fs.writeFileSync(path.join(folder, file), `${code}\n`)
        if (!allowed) forbidden.push(file)
      }
    }
    for (const [height, from] of layers.entries())
      for (const [other, to] of [...layers, 'bots', 'bench', 'test'].entries())
        write(from, to, other <= height || (from === 'cli' && to === 'bots'))
    for (const [height, to] of layers.entries()) write('bots', to, height <= layers.indexOf('data'))
    // A package's own folders may have any name; what is above the package is not its own.
    for (const to of [...layers, 'bots']) {
      for (const [place, up, allowed] of [
        ['src', '../../..', false],
        ['src/deep', '../../../..', false],
        ['test', '../src', true],
        ['src/deep', '..', true],
      ] as const) {
        for (const [way, code] of imports(`${up}/${to}/x.ts`).entries()) {
          const file = path.join('packages', 'one', place, `${to}-${way}-${allowed ? 'own' : 'above'}.ts`)
          fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
          fs.writeFileSync(path.join(folder, file), `${code}\n`)
          if (!allowed) forbidden.push(file)
        }
      }
    }

    expect((await restricted(folder)).sort()).toEqual(forbidden.sort())
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

/** The files in which the linter finds a forbidden import. */
async function restricted(folder: string): Promise<string[]> {
  const biome = path.resolve('node_modules/.bin/biome')
  const only = '--only=style/noRestrictedImports'
  const report = await new Promise<string>((resolve) => {
    execFile(biome, ['lint', only, '--reporter=json', '--max-diagnostics=none'], { cwd: folder }, (_, stdout) =>
      resolve(stdout),
    )
  })
  const { diagnostics } = JSON.parse(report) as { diagnostics: { category: string; location: { path: unknown } }[] }
  return diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location }) => {
      const at = location.path
      return typeof at === 'string' ? at : (at as { file: string }).file
    })
}
