/** One file of sql/migrations. */
export interface SchemaMigration {
  /** Version the schema has afterwards. */
  version: number;
  /** Oldest library schema version that can work with the result. */
  minCompatible: number;
  /** File name. */
  name: string;
  /** SQL, several statements. */
  text: string;
}
