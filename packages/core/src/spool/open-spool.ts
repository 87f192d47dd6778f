import { ProcessSpool } from './process-spool.ts';
import type { Spool, SpoolOptions } from './spool.ts';
import { createFolder, serviceFolderOf } from './spool-folder.ts';

/**
 * Opens a spool in a folder of its own, mode 0700: `<directory>/<service>/<origin>@<owner>`.
 * @throws the error of the file system when the folder cannot be made or written (`EACCES`, `ENOSPC`, `ENOTDIR`, `EROFS`)
 * @example
 * const spool = await openSpool({ directory: '.observability/spool', serviceName: 'orders', maxBytes: 256 * 2 ** 20,
 *   maxAgeMs: 7 * 86_400_000, knownColumns, onDropped: count });
 * await spool.adoptOrphans();
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const serviceFolder = serviceFolderOf(options.directory, options.serviceName);
  return new ProcessSpool({ ...options }, serviceFolder, await createFolder(serviceFolder));
}
