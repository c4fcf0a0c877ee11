import type { Kysely } from 'kysely'

/** What was handed in to a teacher's batch API, and is not collected yet. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('batches')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('input_file', 'text', (column) => column.notNull())
    .addColumn('remote', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('requests', 'integer', (column) => column.notNull())
    .addColumn('most', 'real', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('batch_requests')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('batch', 'text', (column) => column.notNull().references('batches.id').onDelete('cascade'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('request_json', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('batch_requests_batch').on('batch_requests').columns(['batch']).execute()
}
