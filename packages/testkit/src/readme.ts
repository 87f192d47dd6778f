import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The fenced code blocks of one language, in their order. */
export function extractCodeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...markdown.matchAll(fence)].map(([, code]) => code ?? '');
}

/** The code blocks of a README file, `ts` unless another language is named. */
export async function readCodeBlocks(readme: URL, language = 'ts'): Promise<string[]> {
  return extractCodeBlocks(await readFile(readme, 'utf8'), language);
}

/**
 * Runs TypeScript as a module of the folder, so that its imports resolve as a user's would, and answers its exports.
 * @param folder inside a package; a temporary folder is made in it and removed afterwards
 */
export async function importCode(code: string, folder: string): Promise<Record<string, unknown>> {
  const temporary = await mkdtemp(join(folder, '.readme-'));
  try {
    const file = join(temporary, 'example.ts');
    await writeFile(file, code);
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
