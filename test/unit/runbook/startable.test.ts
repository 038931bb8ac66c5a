import { describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import { action, planOf, runbook } from './support.ts';

const service = (verb: 'start' | 'stop', name: string): Operation => ({
  kind: 'service',
  verb,
  service: name,
  effect: 'change',
});

const stops = action('services.stop', {
  effect: 'change',
  describe: (_input, { name }) => ({ operations: [service('stop', `Engine-${name}`)] }),
});

/** Starts what ran on the nodes that answer while it is planned. */
const starts = (answers: (node: string) => boolean) =>
  action('services.start-stopped', {
    effect: 'change',
    describe: (_input, { name }) => ({
      operations: answers(name) ? [service('start', `Engine-${name}`)] : [],
    }),
  });

const STOP = '      - { id: stop, uses: services.stop, on: all }';
const ALWAYS = 'always:\n  - { id: start, uses: services.start-stopped, on: all, reverses: stop }\n';

describe('what a plan stops', () => {
  it('can be started again by an always-step on every node', async () => {
    const plan = await planOf(runbook(STOP) + ALWAYS, [stops, starts(() => true)]);
    expect(plan.warnings).toEqual([]);
  });

  it('is refused when a node stopped answering before its start was planned', async () => {
    const planned = planOf(runbook(STOP) + ALWAYS, [stops, starts((node) => node !== 'rim-2')]);
    await expect(planned).rejects.toThrow(PreflightError);
    await expect(planned).rejects.toThrow('"stop" stops Engine-rim-2 on rim-2');
  });

  it('is warned of when the only always-step that reverses it is left out', async () => {
    const never = ALWAYS.replace('reverses: stop', 'reverses: stop, when: site.name == "other"');
    const both = `${ALWAYS}${never.replace('always:\n', '').replace('id: start', 'id: start-too')}`;
    expect((await planOf(runbook(STOP) + both, [stops, starts(() => true)])).warnings).toEqual([]);
    const plan = await planOf(runbook(STOP) + never, [stops, starts(() => true)]);
    expect(plan.warnings.join()).toContain('"stop" stops services');
  });

  it('is not what a step starts itself and stops again when it fails', async () => {
    const passing = action('services.stop', {
      effect: 'change',
      describe: () => ({ operations: [service('start', 'Dispatcher'), service('stop', 'Dispatcher')] }),
    });
    expect((await planOf(runbook(STOP), [passing])).warnings).toEqual([]);
  });

  it('is warned of when no always-step reverses it', async () => {
    const plan = await planOf(runbook(STOP), [stops]);
    expect(plan.warnings).toEqual([
      '"stop" stops services, and no always-step starts them again when the run fails.',
    ]);
  });
});
