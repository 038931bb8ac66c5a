import { describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { PlanStep } from '../../../src/contract/plan.ts';
import { refuseIncomplete } from '../../../src/engine/complete-plan.ts';
import {
  planOf,
  planSection,
  planStep,
  recordingActions,
  runOptions,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** A step that gives an order for services on nodes. */
function services(id: 'stop' | 'start', byNode: Record<string, string[]>, more: Partial<PlanStep> = {}) {
  return planStep(id, {
    executions: Object.entries(byNode).map(([node, names]) => ({
      ...{ node, input: {}, outputs: {}, notes: [] },
      operations: names.map((service) => ({ kind: 'service', verb: id, service, effect: 'change' }) as const),
    })),
    ...more,
  });
}

function notTold(reason: string): Partial<PlanStep> {
  const execution = { node: 'central', input: {}, operations: [], outputs: {}, notes: [reason] };
  return { executions: [{ ...execution, incomplete: reason }] };
}

describe('a plan in which something is missing', () => {
  it('is not run: nothing is done, and no run is left', async () => {
    const { done, action } = recordingActions();
    const { engine } = testEngine(temporaryFolder(), [action('stop'), action('start')]);
    const start = planStep('start', {
      reverses: ['stop'],
      ...notTold('central could not be asked: no route'),
    });
    const run = engine.run(planOf([planSection([planStep('stop')])], [start]), runOptions());
    await expect(run).rejects.toThrow(PreflightError);
    await expect(run).rejects.toThrow('  - Do start: central could not be asked: no route');
    expect(done).toEqual([]);
    expect(await engine.runs()).toEqual([]);
  });

  it('is one that stops a service which the step that reverses it does not start', () => {
    const stop = services('stop', { central: ['Proxy', 'Engine'], rim: ['Proxy'] });
    const start = services('start', { central: ['Proxy'], rim: ['Proxy'] }, { reverses: ['stop'] });
    expect(() => refuseIncomplete(planOf([planSection([stop])], [start]))).toThrow(
      '  - Do start: central did not name Engine, which would be stopped',
    );
  });

  it.each([
    ['has no such node', { central: ['Proxy'] }, {}],
    ['is left out', { central: ['Proxy'], rim: ['Engine'] }, { skipped: 'params.quiesce != "none"' }],
  ])(
    'is one whose step that starts again %s: nobody would start what is stopped there',
    (_what, byNode, more) => {
      const stop = services('stop', { central: ['Proxy'], rim: ['Engine'] });
      const start = services('start', byNode, { reverses: ['stop'], ...more });
      const check = () => {
        refuseIncomplete(planOf([planSection([stop])], [start]));
      };
      expect(check).toThrow(PreflightError);
      expect(check).toThrow('  - Do stop: no step starts Engine on rim again');
    },
  );

  it('is one that starts again only when all goes well, although always-steps start the rest', () => {
    const stop = services('stop', { central: ['Proxy'], rim: ['Engine'] });
    const start = services('start', { rim: ['Engine'] }, { reverses: ['stop'] });
    const always = { ...services('start', { central: ['Proxy'] }, { reverses: ['stop'] }), id: 'always' };
    expect(() => {
      refuseIncomplete(planOf([planSection([stop, start])], [always]));
    }).toThrow('  - Do stop: no step starts Engine on rim again, whatever happens');
  });
});

describe('a plan that is whole', () => {
  it.each([
    ['starts on each node what is stopped there', { central: ['Proxy'], rim: ['Engine'] }],
    ['starts more than is stopped', { central: ['Proxy', 'Engine'], rim: ['Engine'] }],
  ])('%s', (_what, started) => {
    const stop = services('stop', { central: ['Proxy'], rim: ['Engine'] });
    const start = services('start', started, { reverses: ['stop'] });
    expect(() => refuseIncomplete(planOf([planSection([stop])], [start]))).not.toThrow();
  });

  it('leaves a node to another step', () => {
    const stop = services('stop', { central: ['Proxy'], rim: ['Engine'] });
    const central = services('start', { central: ['Proxy'] }, { reverses: ['stop'] });
    const rims = { ...services('start', { rim: ['Engine'] }, { reverses: ['stop'] }), id: 'rims' };
    expect(() => {
      refuseIncomplete(planOf([planSection([stop])], [central, rims]));
    }).not.toThrow();
  });

  it('may stop services for good, and say nothing of a step that is skipped', () => {
    const stop = services('stop', { central: ['Proxy'] });
    const skipped = planStep('other', { skipped: 'not today', ...notTold('no route') });
    expect(() => refuseIncomplete(planOf([planSection([stop, skipped])]))).not.toThrow();
  });
});
