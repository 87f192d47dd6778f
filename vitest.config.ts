import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const rootFolder = fileURLToPath(new URL('.', import.meta.url));
const testkitSource = `${rootFolder}packages/testkit/src`;

/** Tests run from the sources of the workspace's packages: no build in between, and stack traces that fit. Not
 *  `module`: Node.js does not know it, and packages that have it would be loaded twice. */
const conditions = ['source', 'node', 'development|production'];

/** core's tests use testkit, which depends on core: a dependency in package.json would be a cycle. */
const alias = [
  { find: /^@pg-observability\/testkit$/, replacement: `${testkitSource}/index.ts` },
  { find: /^@pg-observability\/testkit\/postgres$/, replacement: `${testkitSource}/postgres/index.ts` },
];

/** The matrix runs suites of the package for Nest on another Nest: that of the folder which this names. */
const otherNest = process.env['PG_OBSERVABILITY_TEST_NEST'];
const aliasOfNest =
  otherNest === undefined
    ? []
    : [
        {
          find: /^(@nestjs\/[^/]+|rxjs|reflect-metadata)(?=\/|$)/,
          replacement: `${otherNest}/node_modules/$1`,
        },
      ];

/** How a project compiles its decorators, as its tsconfig.json says. */
function decoratorOptions(folder: string): { legacy: boolean; emitDecoratorMetadata: boolean } {
  const tsconfig = readFileSync(`${rootFolder}${folder}/tsconfig.json`, 'utf8');
  const isOn = (name: string): boolean => new RegExp(`"${name}"\\s*:\\s*true`).test(tsconfig);
  return { legacy: isOn('experimentalDecorators'), emitDecoratorMetadata: isOn('emitDecoratorMetadata') };
}

/** Every folder below packages and apps that has tests is a project, named like its folder. */
function findProjects(): TestProjectInlineConfiguration[] {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(`${rootFolder}${parent}`)
      .filter((name) => existsSync(`${rootFolder}${parent}/${name}/test`))
      .filter((name) => existsSync(`${rootFolder}${parent}/${name}/package.json`))
      .map((name): TestProjectInlineConfiguration => {
        const folder = `${parent}/${name}`;
        return {
          resolve: { conditions, alias: [...alias, ...aliasOfNest] },
          ssr: { resolve: { conditions } },
          oxc: { decorator: decoratorOptions(folder) },
          test: {
            name,
            root: `${rootFolder}${folder}`,
            include: ['test/**/*.test.ts'],
            setupFiles: [`${testkitSource}/vitest/vitest-setup-file.ts`],
            pool: 'forks',
            // What one test leaves on disk would be stored by the next of the same service. Tests of that give a folder.
            env: { PG_OBSERVABILITY_SPOOL: 'off' },
            testTimeout: 30_000,
            hookTimeout: 60_000,
            expect: { poll: { timeout: 10_000 } },
            sequence: { groupOrder: 0 },
          },
        };
      }),
  );
}

/** What takes a minute and waits for other processes, in small files: begun last it would be waited for alone. */
const longestFirst = [
  'faults',
  'version-matrix',
  'shutdown',
  'embedded-store',
  'quickstart',
  'demo',
  'lease',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      longestFirst.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { conditions, alias },
  ssr: { resolve: { conditions } },
  test: {
    projects: findProjects(),
    // Only here, not in the projects: it runs once a run.
    globalSetup: [`${testkitSource}/vitest/vitest-global-setup.ts`],
    // More than there are cores in CI: much of the time is spent waiting for servers and for processes to end.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
