import fs from 'node:fs'
import { expect, test } from 'vitest'

type Locked = { version: string; optionalDependencies?: Record<string, string>; gypfile?: boolean }

const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }

// npm leaves out of the lock what a registry does not serve while it is written, and "npm ci" then refuses the lock everywhere.
test('the lock names the optional packages of every platform', () => {
  const missing = Object.entries(packages).flatMap(([name, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (dependency) => !packages[`${name}/node_modules/${dependency}`] && !packages[`node_modules/${dependency}`],
    ),
  )
  expect(missing).toEqual([])
})

// better-sqlite3 carries its binaries, but npm 10 reads "gypfile": false only here, and else wants a compiler. npm drops the field when it rewrites the lock.
test('npm ci needs no compiler', () => {
  expect(packages['node_modules/better-sqlite3']?.gypfile).toBe(false)
})

// Swagger UI brings a package that reports who installs it, unless it is told not to.
test('nobody is told of an installation', () => {
  const { scarfSettings, allowScripts } = JSON.parse(fs.readFileSync('package.json', 'utf8'))
  expect(scarfSettings).toEqual({ enabled: false })
  expect(Object.entries(allowScripts).filter(([, allowed]) => allowed)).toEqual([['node', true]])
})
