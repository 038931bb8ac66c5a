import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/all-commands.ts';
import { createProgram } from '../../../src/commands/program.ts';
import { allPages, codeLines, inlineCode, readText } from './pages.ts';

const program = createProgram({
  commands: COMMANDS,
  argv: [],
  version: '0.0.0',
  createContext: () => {
    throw new Error('nothing is executed here');
  },
  finish: () => undefined,
  writeOut: () => undefined,
});
const commandNames = program.commands.map((command) => command.name());

/** Command lines of the tool in a page, without what a shell makes of them. */
function commandLines(text: string): string[] {
  const shown = codeLines(text)
    .map((line) => line.replace(/^\$ /, '').replace(/ +#.*$/, ''))
    .filter((line) => line.startsWith('sense-runbook '));
  const named = inlineCode(text)
    .filter((code) => code.startsWith('sense-runbook ') || commandNames.includes(code.split(' ')[0] ?? ''))
    .map((code) => (code.startsWith('sense-runbook ') ? code : `sense-runbook ${code}`));
  // Words of the site file and of tables that happen to be names of commands have no flags and no more words.
  return [...shown, ...named].map((line) => line.replace(/ [<>|].*$/, ''));
}

/** What of a command line does not exist; undefined when all of it does. */
function unknownPart(line: string): string | undefined {
  let command: Command = program;
  let argumentsLeft = 0;
  const words = (line.match(/'[^']*'|\[[^\]]*\]|\S+/g) ?? []).slice(1);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word.startsWith('--')) {
      if (word === '--help' || word === '--version') continue;
      const [flag] = word.split('=');
      const known = [...command.options, ...program.options].find((option) => option.long === flag);
      if (known === undefined) return word;
      if (known.required && !word.includes('=')) index += 1;
      continue;
    }
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child !== undefined) {
      command = child;
      argumentsLeft = child.registeredArguments.length;
    } else if (argumentsLeft > 0) argumentsLeft -= 1;
    else return word;
  }
  return undefined;
}

describe('command lines in the pages', () => {
  it.each(allPages())('exist with their flags: $path', ({ text }) => {
    const wrong = commandLines(text).flatMap((line) => {
      const part = unknownPart(line);
      return part === undefined ? [] : [`${line}: ${part}`];
    });
    expect(wrong).toEqual([]);
  });

  it('are found at all', () => {
    expect(commandLines(readText('README.md')).length).toBeGreaterThan(12);
    expect(commandLines(readText('docs/first-backup.md')).length).toBeGreaterThan(8);
  });

  it.each([
    ['sense-runbook bakup', 'bakup'],
    ['sense-runbook backup --quick', '--quick'],
    ['sense-runbook doctor now', 'now'],
  ])('would be told apart from wrong ones: %s', (line, part) => {
    expect(unknownPart(line)).toBe(part);
  });
});

describe('npm scripts in the pages', () => {
  it('exist in package.json', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const named = allPages().flatMap(({ text }) =>
      [...text.matchAll(/npm run ([a-z][a-z:-]*)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
