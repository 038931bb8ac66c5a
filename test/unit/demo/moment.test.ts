import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dumpHasBegun, runsIn } from '../../../src/demo/moment.ts';

let state: string;

beforeEach(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'moment-'));
});
afterEach(async () => {
  await rm(state, { recursive: true });
});

async function journal(run: string, ...lines: string[]): Promise<void> {
  await mkdir(path.join(state, 'runs', run), { recursive: true });
  await writeFile(path.join(state, 'runs', run, 'journal.jsonl'), lines.join('\n'));
}

function operation(phase: string, effect: string, ...argv: string[]): string {
  return JSON.stringify({ type: 'operation', phase, operation: { kind: 'command', effect, argv } });
}

const dump = operation('begin', 'change', '/usr/lib/postgresql/15/bin/pg_dump', '-F', 't', 'QSR');

describe('the moment at which the demo kills a backup', () => {
  it('is when a dump has begun', async () => {
    await journal('a', operation('begin', 'change', '/bin/true'), dump, '{"type":"half wri');
    expect(dumpHasBegun(state, new Set())).toBe(true);
  });

  it.each([
    ['a version is asked for', operation('begin', 'read', '/bin/pg_dump', '--version')],
    ['the roles are dumped', operation('begin', 'change', '/bin/pg_dumpall', '-g')],
    ['a line is half written', dump.slice(0, -1)],
  ])('has not come when %s', async (_what, line) => {
    await journal('a', line);
    expect(dumpHasBegun(state, new Set())).toBe(false);
  });

  it('is looked for in new runs only', async () => {
    expect(runsIn(state)).toEqual([]);
    await journal('old', dump);
    const known = new Set(runsIn(state));
    expect(dumpHasBegun(state, known)).toBe(false);
    await journal('new', dump);
    expect(dumpHasBegun(state, known)).toBe(true);
  });
});
