import { describe, expect, it } from 'vitest';
import { prepareStops } from '../../../../src/upgrade/journey/itinerary.ts';
import { askForLacking } from '../../../../src/upgrade/journey/lacking.ts';
import type { RunbookParams, Settings } from '../../../../src/upgrade/journey/settings.ts';
import { planOf, THREE_HOPS } from './samples.ts';

const plain = (name: string, more: object = {}) => ({ name, required: false, secret: false, ...more });
const KNOWN: RunbookParams = new Map([
  ['backup', [plain('drill')]],
  ['uninstall-patch', [plain('to'), plain('update')]],
  ['upgrade', [plain('to'), plain('setup'), plain('acceptEula')]],
  [
    'upgrade-postgres-standalone',
    [
      plain('to'),
      plain('newPort', { required: true, description: 'Port of the new server' }),
      plain('word', { required: true, secret: true }),
    ],
  ],
]);

const plan = planOf({ ...THREE_HOPS, postgres: { version: '9.6', kind: 'standalone' } });
const at = plan.hops.findIndex(({ kind }) => kind === 'postgres-standalone') + 1;

function stops(settings: Settings = {}) {
  return prepareStops(plan, { settings }, KNOWN, new AbortController().signal);
}

describe('what a hop lacks', () => {
  it('is named with what it is', async () => {
    const stop = (await stops())[at - 1];
    expect(stop?.missing).toEqual([
      `--set ${String(at)}.newPort=VALUE: upgrade-postgres-standalone needs it. Port of the new server`,
      `--set ${String(at)}.word=VALUE: upgrade-postgres-standalone needs it`,
    ]);
    const given = await stops({ 'postgres-standalone.newPort': '4433', word: 'x' });
    expect(given[at - 1]?.missing).toEqual([]);
  });

  it('is asked for on a terminal, hop by hop; no answer leaves it missing', async () => {
    const asked: string[] = [];
    const answers = await askForLacking(await stops(), (question, secret) => {
      asked.push(`${question}${secret ? ' (hidden)' : ''}`);
      return Promise.resolve(secret ? undefined : ' 4433 ');
    });
    expect(asked).toEqual([
      `Hop ${String(at)}, upgrade-postgres-standalone needs newPort: Port of the new server`,
      `Hop ${String(at)}, upgrade-postgres-standalone needs word (hidden)`,
    ]);
    expect(answers).toEqual({ [`${String(at)}.newPort`]: '4433' });
    const stop = (await stops(answers))[at - 1];
    expect(stop?.params).toMatchObject({ newPort: '4433' });
    expect(stop?.missing).toHaveLength(1);
  });
});
