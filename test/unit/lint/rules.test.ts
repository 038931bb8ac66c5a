import path from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
let eslint: ESLint;

/** Rules that need types are off: the files named below do not exist, so the type checker does not know them. */
beforeAll(() => {
  eslint = new ESLint({
    cwd: root,
    overrideConfig: [
      {
        files: ['**/*.ts'],
        ...tseslint.configs.disableTypeChecked,
        languageOptions: { parserOptions: { projectService: false, program: null } },
      },
    ],
  });
});

async function rulesBroken(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, file) });
  return (result?.messages ?? []).map((message) => message.ruleId);
}

describe('the lint rules of the house', { timeout: 300_000 }, () => {
  it.each([
    [
      'a lower room imports an upper one',
      'src/site/fake.ts',
      "import { x } from '../engine/types.ts';\nx();\n",
    ],
    ['two rooms on one line', 'src/vault/fake.ts', "import { x } from '../postgres/server.ts';\nx();\n"],
    ['types only', 'src/site/fake.ts', "import type { X } from '../engine/types.ts';\nexport type Y = X;\n"],
    ['a lazy import', 'src/platform/deep/fake.ts', "export const x = import('../../actions/a.ts');\n"],
    ['a re-export', 'src/foundation/fake.ts', "export { x } from '../contract/json.ts';\n"],
    ['an import() type', 'src/contract/fake.ts', "export type X = import('../site/schema.ts').Site;\n"],
    ['anything imports main', 'src/commands/fake.ts', "export * from '../main.ts';\n"],
    ['a room that is not in the table', 'src/helpers/fake.ts', 'export const x = 1;\n'],
  ])('reports: %s', async (_what, file, code) => {
    expect(await rulesBroken(file, code)).toContain('house/rooms');
  });

  it.each([
    ['a line below', 'src/commands/fake.ts', "import { x } from '../foundation/clock.ts';\nx();\n"],
    ['its own room', 'src/vault/fake.ts', "import { x } from './deep/other.ts';\nx();\n"],
    ['main from bin', 'src/bin.ts', "import { x } from './main.ts';\nx();\n"],
    ['from a test', 'test/unit/site/fake.ts', "import { x } from '../../../src/engine/types.ts';\nx();\n"],
  ])('allows: %s', async (_what, file, code) => {
    expect(await rulesBroken(file, code)).toEqual([]);
  });

  it.each([
    ['process.exit', 'process.exit(1);\n', 'no-restricted-properties'],
    ['process.exitCode', 'process.exitCode = 1;\n', 'no-restricted-properties'],
    ['exit of node:process', "import { exit } from 'node:process';\nexit(1);\n", 'no-restricted-imports'],
    ['the console', "console.log('x');\n", 'no-console'],
    ['a default export', 'export default 1;\n', 'import-x/no-default-export'],
    ['loose equality', 'export const x = (a: number) => a == 1;\n', 'eqeqeq'],
    ['any', 'export const x = (a: any): number => Number(a);\n', '@typescript-eslint/no-explicit-any'],
    ['a directive that hides nothing', '// eslint-disable-next-line eqeqeq\nexport const x = 1;\n', null],
    ['a file of over 400 lines', 'export {};\n'.repeat(401), 'max-lines'],
  ])('reports in src: %s', async (_what, code, rule) => {
    expect(await rulesBroken('src/site/fake.ts', code)).toEqual([rule]);
  });

  it('lets main.ts set the exit code', async () => {
    expect(await rulesBroken('src/main.ts', 'process.exitCode = 1;\n')).toEqual([]);
  });

  it.each(['no-floating-promises', 'no-misused-promises'])('has @typescript-eslint/%s on', async (rule) => {
    const plain = new ESLint({ cwd: root });
    const config = (await plain.calculateConfigForFile(path.join(root, 'src/site/fake.ts'))) as {
      rules: Record<string, [number, ...unknown[]]>;
    };
    expect(config.rules[`@typescript-eslint/${rule}`]?.[0]).toBe(2);
  });

  it('has import cycles forbidden', async () => {
    const plain = new ESLint({ cwd: root });
    const config = (await plain.calculateConfigForFile(path.join(root, 'src/site/fake.ts'))) as {
      rules: Record<string, [number, ...unknown[]]>;
    };
    expect(config.rules['import-x/no-cycle']?.[0]).toBe(2);
  });
});
