import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/all-commands.ts';
import { createProgram, usageHint } from '../../../src/commands/program.ts';
import { EXIT_CODES } from '../../../src/contract/errors.ts';
import { runLine } from './fake-context.ts';

function programOf(argv: readonly string[]): Command {
  return createProgram({
    commands: COMMANDS,
    argv,
    version: '1.2.3',
    createContext: () => {
      throw new Error('not expected');
    },
    finish: () => undefined,
    writeOut: () => undefined,
  });
}

function everyCommand(): { path: string; command: Command }[] {
  const program = programOf([]);
  const walk = (command: Command, path: string): { path: string; command: Command }[] => [
    { path, command },
    ...command.commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trim())),
  ];
  return walk(program, '');
}

describe('the command line', () => {
  it('offers what this version can do and nothing else', () => {
    expect(everyCommand().map(({ path }) => path)).toEqual([
      '',
      'init',
      'doctor',
      'runbooks',
      'runbooks show',
      'plan',
      'run',
      'resume',
      'rollback',
      'recover',
      'cleanup',
      'runs',
      'runs show',
      'runs report',
      'runs abandon',
      'backup',
      'backups',
      'backups show',
      'backups verify',
      'backups drill',
      'backups export',
      'backups prune',
      'restore',
      'upgrade',
      'upgrade plan',
      'upgrade run',
      'upgrade abandon',
      'upgrade releases',
      'upgrade rules',
      'status',
      'secret',
      'secret set',
      'secret list',
      'secret remove',
      'schedule',
      'schedule install',
      'schedule show',
      'schedule remove',
      'demo',
    ]);
  });

  it.each(everyCommand().map(({ path }) => path))(
    'tells the exit codes in the help of "%s"',
    async (path) => {
      const words = path === '' ? [] : path.split(' ');
      const { out, error } = await runLine([...words, '--help']);
      expect(error).toMatchObject({ exitCode: 0 });
      for (const code of Object.keys(EXIT_CODES)) expect(out).toMatch(new RegExp(`^ {2}${code} +\\S`, 'm'));
      expect(out).toContain('--json');
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it.each([
    [['--json', '--strict', '--verbose', '--no-color', '--site', 'a.yaml', 'runs']],
    [['runs', '--json', '--strict', '--verbose', '--no-color', '--site', 'a.yaml']],
    [['runs', 'show', '--json', 'r1', '--strict', '--verbose', '--no-color', '--site=a.yaml']],
  ])('takes the global flags before and after the command: %j', async (line) => {
    const { flags } = await runLine(line);
    expect(flags).toEqual({ json: true, strict: true, verbose: true, color: false, site: 'a.yaml' });
  });

  it.each([
    [['--site', 'backup', 'status'], 'status'],
    [['--json', '--site=a.yaml', 'status'], 'status'],
    [['constructor'], undefined],
    [['help', 'status'], undefined],
    [['--help'], undefined],
  ])('declares of %j only the command that is named, all when none is', (argv, name) => {
    const all = everyCommand().filter(({ path }) => path !== '' && !path.includes(' '));
    expect(programOf(argv).commands.map((command) => command.name())).toEqual(
      name === undefined ? all.map(({ path }) => path) : [name],
    );
  });

  it('suggests the command that was meant', async () => {
    const { error } = await runLine(['bakup']);
    expect(error).toMatchObject({ message: expect.stringContaining('(Did you mean backup?)') as string });
  });

  it.each([
    [['runs', 'abandon']],
    [['plan']],
    [['status', '--max-agee', '1h']],
    [['backups', 'bogus', 'x']],
    [[]],
  ])('refuses %j and ends nothing', async (line) => {
    const { error, code } = await runLine(line);
    expect(error).toMatchObject({ exitCode: 1, code: expect.stringMatching(/^commander\./) as string });
    expect(code).toBeUndefined();
  });

  it('prints its version', async () => {
    expect((await runLine(['--version'])).out).toBe('1.2.3\n');
  });
});

describe('the hint of a wrong command line', () => {
  it.each([
    ['', /--help lists the commands/],
    ['--site backup doctr', /^sense-runbook --help/],
    ['backup --quiese full', /^sense-runbook backup --help/],
    ['--site a.yaml secret set', /^sense-runbook secret set --help/],
    ['upgrade', /^sense-runbook upgrade --help/],
    ['run backup', /^sense-runbook run --help/],
  ])('of "%s" names the help of what was meant', (line, hint) => {
    const argv = line === '' ? [] : line.split(' ');
    expect(usageHint(programOf(argv), argv)).toMatch(hint);
  });
});
