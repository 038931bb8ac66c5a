import { createRequire } from 'node:module';
import path from 'node:path';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { beforeAll, describe, expect, it } from 'vitest';
import { powershellScripts } from '../../../scripts/powershell-scripts.mjs';

const shipped = powershellScripts(path.resolve(import.meta.dirname, '../../../templates/powershell'));
const textOf = (script: string): string => shipped.get(script) ?? '';

/**
 * Parses with the grammar that editors use: it finds a bracket that is missing, not a command that does not exist.
 * It does not know a `switch` on one line, and takes a `try` without `catch`.
 */
let parse: (text: string) => string[];

beforeAll(async () => {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve(
    'tree-sitter-powershell/tree-sitter-powershell.wasm',
  );
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  parse = (text) => problems(parser.parse(text)?.rootNode ?? undefined);
});

function problems(node: Node | undefined): string[] {
  if (node === undefined) return ['not parsed'];
  const { row, column } = node.startPosition;
  const own =
    node.isError || node.isMissing
      ? [`${row + 1}:${column + 1} ${node.isMissing ? `missing ${node.type}` : node.text.slice(0, 40)}`]
      : [];
  return [...own, ...node.children.flatMap((child) => (child?.hasError ? problems(child) : []))];
}

/** What builds code from text, or hides which program is run. Comments may name them. */
const FORBIDDEN = [
  /\bInvoke-Expression\b/i,
  /\biex\b/i,
  /\[scriptblock\]::Create/i,
  /\bNewScriptBlock\b/i,
  /\bExpandString\b/i,
  /\bAddScript\b/i,
  /-EncodedCommand\b/i,
  /(?<!\w)-Command\b/i,
  /\bcmd(\.exe)?\b\s*\/c/i,
  /&\s*\(/,
  /^\s*\.\s+\$/m,
];

describe.each([...shipped.keys()])('%s', (script) => {
  it('is PowerShell', () => {
    expect(parse(textOf(script))).toEqual([]);
  });

  it('builds no code from what it is told', () => {
    const code = textOf(script).replace(/^\s*#.*$/gm, '');
    expect(FORBIDDEN.filter((pattern) => pattern.test(code))).toEqual([]);
  });

  it('is ASCII, since Windows PowerShell 5.1 takes a file without BOM for one in the code page', () => {
    expect(textOf(script)).toMatch(/^[\x09\x0a\x0d\x20-\x7e]*$/);
  });

  it('says what it does, takes JSON, is strict, and answers a failure too', () => {
    const text = textOf(script);
    expect(text).toMatch(/^# \S/);
    expect(text).toMatch(/^param\(\[string\]\$Json\)$/m);
    expect(text).toMatch(/^Set-StrictMode -Version 2$/m);
    expect(text).toMatch(/^\$ErrorActionPreference = 'Stop'$/m);
    expect(text).toMatch(/ok = \$false/);
    expect(text).not.toMatch(/# include:/);
  });
});

describe('the grammar', () => {
  it.each(['if ($a) {', "Write-Output 'open", '$x = @{ a = 1', 'foreach ($a in $b { $a }'])(
    'finds that %j is broken',
    (text) => {
      expect(parse(text)).not.toEqual([]);
    },
  );
});
