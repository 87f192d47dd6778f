import { readCodeBlocks } from './readme.ts';

/** The code of a page below `docs/`. */
export interface Guide {
  /** Whole programs, to be run one by one. */
  programs: string[];
  /** Queries for what the programs have stored. */
  queries: string[];
  /** Lines that the page tells readers to add and that none of its programs has: expected to be none. */
  addedButNotRun: string[];
}

const DOCS = new URL('../../../docs/', import.meta.url);

/**
 * Reads a page below `docs/`: `ts` blocks are programs, `sql` blocks queries, and the lines with a plus in `diff` blocks are
 * what an app that exists has to add.
 * @param path for example `guides/express.md`
 */
export async function readGuide(path: string): Promise<Guide> {
  const page = new URL(path, DOCS);
  const programs = await readCodeBlocks(page, 'ts');
  const lines = new Set(programs.flatMap(toLines));
  const added = (await readCodeBlocks(page, 'diff'))
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('+'))
    .flatMap((line) => toLines(line.slice(1)));
  return {
    programs,
    queries: await readCodeBlocks(page, 'sql'),
    addedButNotRun: added.filter((line) => !lines.has(line)),
  };
}

function toLines(code: string): string[] {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
