import { openHome } from '../../core/home.ts'
import { openStore } from '../../data/database.ts'
import { importModel } from '../../models/store.ts'

/** A process of its own for the tests that kill it or let several work at once: `node import-once.ts HOME FILE NAME…` */
const [dir, file = '', ...names] = process.argv.slice(2)
const home = openHome(dir)
const store = await openStore(home.database)
process.stdout.write('ready\n')
for (const name of names) await importModel({ home, store }, file, { name })
await store.destroy()
