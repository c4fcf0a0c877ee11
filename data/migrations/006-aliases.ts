import type { Kysely } from 'kysely'

/** Other names of models. A model that is known by one cannot be deleted: whoever asks by that name would find nothing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('aliases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('model', 'integer', (column) => column.notNull().references('models.id'))
    .execute()
}
