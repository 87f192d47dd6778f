import type { ColumnType, EntitySchemaColumnOptions } from 'typeorm';

/** What can be said of a column besides its type and its name. */
export interface ReadOnlyColumnOptions {
  primary?: boolean;
  nullable?: boolean;
  array?: boolean;
}

/** A column that TypeORM reads and puts into no INSERT and no UPDATE. */
export function readOnlyColumn(
  type: ColumnType,
  name: string,
  options: ReadOnlyColumnOptions = {},
): EntitySchemaColumnOptions {
  return { type, name, insert: false, update: false, ...options };
}
