import type { Kysely } from 'kysely'

/** What a stage asked, how much of it memory answered, and how far it is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ['asked', 'remembered', 'failed', 'written_tokens'])
    await db.schema
      .alterTable('stages')
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
  await db.schema
    .alterTable('stages')
    .addColumn('spent', 'real', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('stages').addColumn('progress_json', 'text').execute()
}
