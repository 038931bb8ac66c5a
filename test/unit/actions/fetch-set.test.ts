import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeFetched } from '../../../src/actions/fetch-set.ts';
import type { ScratchServers } from '../../../src/actions/scratch.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const context = { run: { id: 'run-1', step: 'fetch-set', attempt: 1 } } as Parameters<
  typeof removeFetched
>[1];
const scratchIn = (folder: string): { scratch: ScratchServers } => ({
  scratch: { folder } as ScratchServers,
});

it('removes what the run fetched and nothing else, and says so', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sense-runbook-fetched-run-1', 'a set'), { recursive: true });
  mkdirSync(join(folder, 'sense-runbook-fetched-run-2'));
  expect(await removeFetched(scratchIn(folder), context)).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(['sense-runbook-fetched-run-2']);
  expect(await removeFetched(scratchIn(folder), context)).toEqual([]);
});

it('does not take what it cannot look at for what is not there', async () => {
  const file = join(temporaryFolder(), 'a file');
  writeFileSync(file, '');
  await expect(removeFetched(scratchIn(file), context)).rejects.toThrow('ENOTDIR');
});
