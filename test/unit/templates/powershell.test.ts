import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import { beforeAll, describe, expect, it } from 'vitest';
import { powershellScripts } from '../../../scripts/powershell-scripts.mjs';
import { SSH_BOOTSTRAP } from '../../../src/platform/windows/ssh.ts';
import { loggedSecrets } from '../../helpers/logged-secrets.ts';
import { loadPowerShellGrammar } from '../../helpers/powershell-grammar.ts';

const shipped = powershellScripts(path.resolve(import.meta.dirname, '../../../templates/powershell'));
const textOf = (script: string): string => shipped.get(script) ?? '';

/**
 * Parses with the grammar that editors use: it finds a bracket that is missing, not a command that does not exist.
 * It does not know a `switch` on one line, and takes a `try` without `catch`.
 */
let parse: (text: string) => string[];
let logged: (text: string) => string[];

beforeAll(async () => {
  const tree = await loadPowerShellGrammar();
  parse = (text) => problems(tree(text));
  logged = (text) => {
    const root = tree(text);
    return root === undefined ? ['not parsed'] : loggedSecrets(root);
  };
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
    // No type: over WinRM it comes in a hashtable, which becomes the name of its type as a string.
    expect(text).toMatch(/^param\(\$Json\)$/m);
    expect(text).toMatch(/^Set-StrictMode -Version 2$/m);
    expect(text).toMatch(/^\$ErrorActionPreference = 'Stop'$/m);
    expect(text).toMatch(/ok = \$false/);
    expect(text).not.toMatch(/# include:/);
  });

  it('gives nothing secret to a command whose arguments Windows may log', () => {
    expect(logged(textOf(script))).toEqual([]);
  });

  it('shows its answer past Out-Default, whose argument Windows may log', () => {
    expect(textOf(script)).toContain('[Console]::Out.WriteLine($line)');
    expect(textOf(script)).not.toMatch(
      /\b(Write-(Output|Host|Error|Warning|Verbose|Information|Debug)|Out-\w+)\b(?!,)/,
    );
  });
});

describe('certificates-import', () => {
  const code = textOf('certificates-import.ps1').replace(/^\s*#.*$/gm, '');

  it('knows the account that is to read the key before it changes anything', () => {
    const [found, refused, changed] = [
      code.indexOf('Get-Sid $account'),
      code.indexOf('Win32Exception(1332)'),
      Math.min(code.indexOf('$store.Remove('), code.indexOf('Import-PfxCertificate')),
    ];
    expect(found).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(found);
    expect(changed).toBeGreaterThan(refused);
  });

  it('gives access to the file of the key whichever provider holds it, also when it was imported before', () => {
    expect(code).toContain('UniqueKeyContainerName');
    expect(code).toContain('Key.UniqueName');
    // Both in the same block: the one is not inside the other.
    expect(code).toMatch(/^ {4}if \(\$there\.Count -eq 0[^]*^ {4}if \(\$null -ne \$sid\) \{ Grant-KeyRead /m);
  });
});

describe('what Windows may log of a script', () => {
  const read = '$request = Read-Request\n';

  it('is found in none of what runs over SSH', () => {
    expect(logged(SSH_BOOTSTRAP)).toEqual([]);
    expect(SSH_BOOTSTRAP).toContain('[Console]::Out.WriteLine(');
  });

  it.each([
    'ConvertFrom-Json $Json',
    '$text = $Json\n$all = ConvertFrom-Json -InputObject $text',
    '$Json | ConvertFrom-Json',
    '$stream = New-Object IO.StreamReader([Console]::OpenStandardInput())\n$stream.ReadToEnd() | ConvertFrom-Json',
    `${read}$secure = ConvertTo-SecureString -String $request['password'] -AsPlainText -Force`,
    `${read}$a = "x $($request['password'])"\nWrite-Host $a`,
    `${read}$options = @{ Xml = 1 }\n$options['Password'] = [string]$request['password']\nRegister-ScheduledTask @options`,
    `${read}$options = @{ Password = $request['password'] }\nRegister-ScheduledTask @options`,
    `${read}$options = @{ Password = $request['password'] }\nRegister-ScheduledTask -Password $options['Password']`,
    `${read}Invoke-Command -FilePath x -ArgumentList $request['json']`,
    `${read}function Show-It($Text) { Write-Host $Text }\nShow-It $request['data']`,
    `${read}foreach ($word in $request['words']) { Set-Thing $word }`,
  ])('is found in %j', (text) => {
    expect(logged(text)).not.toEqual([]);
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
