import { describe, expect, it } from 'vitest';
import type { Description } from '../../../src/contract/action.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import { comparePlans } from '../../../src/runbook/compare.ts';
import { parsePlan, planText } from '../../../src/runbook/plan-file.ts';
import type { Predict } from '../../../src/runbook/predict.ts';
import type { ResolveOptions } from '../../../src/runbook/resolve.ts';
import { action, node, planOf, runbook, usageError } from './support.ts';

const text = runbook(
  '      - { id: stop, uses: act, on: rims, with: { except: "${ params.except }" } }\n      - { id: last, uses: look, when: params.last }',
  'params: { except: { type: string, default: database }, last: { type: boolean, default: true } }\n',
);
const stop: Operation = {
  kind: 'service',
  verb: 'stop',
  service: 'QlikSenseEngineService',
  effect: 'change',
};

function made(
  description: Partial<Description> = {},
  more: Partial<ResolveOptions> = {},
  runbookText = text,
) {
  const act = action('act', {
    effect: 'change',
    describe: () => ({
      operations: [stop],
      observed: { services: { QlikSenseEngineService: 'running' } },
      ...description,
    }),
  });
  return planOf(runbookText, [act], more);
}

describe('a saved plan compared with one made now', () => {
  it('holds when nothing has changed, whenever it was made and by whichever version', async () => {
    const predict: Predict = () => Promise.resolve({ predictedMs: 5, predictedFrom: { runs: ['other'] } });
    const fresh = await made({}, { tool: 'sense-runbook 9.9.9', clock: { ...laterClock }, predict });
    expect(comparePlans(await made(), fresh)).toEqual([]);
    expect(comparePlans(parsePlan(planText(fresh), 'plan.json'), await made())).toEqual([]);
  });

  it.each<[string, Partial<Description>, string[]]>([
    [
      'a service that stopped',
      { observed: { services: { QlikSenseEngineService: 'stopped' } } },
      [
        'service QlikSenseEngineService on rim-1: was running, is stopped',
        'service QlikSenseEngineService on rim-2: was running, is stopped',
      ],
    ],
    [
      'a service that is gone and one that came',
      { observed: { services: { Other: 'running' } } },
      [
        'service Other on rim-1: was not there, is running',
        'service QlikSenseEngineService on rim-1: was running, is no longer there',
        'service Other on rim-2: was not there, is running',
        'service QlikSenseEngineService on rim-2: was running, is no longer there',
      ],
    ],
    [
      'an operation less',
      { operations: [] },
      [
        'step stop on rim-1: would no longer do "stop" with the service QlikSenseEngineService',
        'step stop on rim-2: would no longer do "stop" with the service QlikSenseEngineService',
      ],
    ],
    [
      'an operation that may be repeated now',
      { operations: [{ ...stop, repeat: true }] },
      [
        'step stop on rim-1: would no longer do "stop" with the service QlikSenseEngineService',
        'step stop on rim-1: would now do "stop" with the service QlikSenseEngineService',
        'step stop on rim-2: would no longer do "stop" with the service QlikSenseEngineService',
        'step stop on rim-2: would now do "stop" with the service QlikSenseEngineService',
      ],
    ],
    [
      'a stronger effect',
      { operations: [{ ...stop, effect: 'destroy' }] },
      [
        'step stop: effect class: was change, is destroy',
        'step stop on rim-1: would no longer do "stop" with the service QlikSenseEngineService',
        'step stop on rim-1: would now do "stop" with the service QlikSenseEngineService',
        'step stop on rim-2: would no longer do "stop" with the service QlikSenseEngineService',
        'step stop on rim-2: would now do "stop" with the service QlikSenseEngineService',
      ],
    ],
  ])('tells of %s', async (_name, description, differences) => {
    expect(comparePlans(await made(), await made(description))).toEqual(differences);
  });

  it('tells of another parameter and what follows from it', async () => {
    const fresh = await made({}, { params: { except: 'none', last: 'false' } });
    expect(comparePlans(await made(), fresh)).toEqual([
      'parameter except: was database, is none',
      'parameter last: was true, is false',
      'step stop on rim-1: input except: was database, is none',
      'step stop on rim-2: input except: was database, is none',
      'step last: would be skipped now (last is false)',
    ]);
  });

  it('tells of another site, node, secret reference and file', async () => {
    const fresh = await made(
      {},
      {
        site: { name: 'test', values: { password: { env: 'B' } } },
        nodes: [node('central', { role: 'central', host: 'new' }), node('rim-1')],
      },
      `${text}# changed`,
    );
    const saved = await made({}, { site: { name: 'prod', values: { password: { env: 'A' } } } });
    expect(comparePlans(saved, fresh)).toEqual([
      'node central host: was central.example, is new',
      'node rim-1 failoverCandidate: was true, is false',
      'node rim-2: was {"host":"rim-2.example","role":"rim","failoverCandidate":false,"transport":"simulated"}, is no longer there',
      'the runbook file has changed',
      'secret reference password: was {"env":"A"}, is {"env":"B"}',
      'site: was prod, is test',
      'services on rim-2: was {"QlikSenseEngineService":"running"}, is no longer there',
      'step stop: would no longer run on rim-2',
    ]);
  });

  it('tells of another release', async () => {
    const of = (release: string) => made({}, { site: { name: 'prod', values: { qlik: { release } } } });
    expect(comparePlans(await of('May 2025'), await of('May 2024'))).toEqual([
      'release: was May 2025, is May 2024',
    ]);
  });

  it('tells of steps that came, went or changed places', async () => {
    const a = '      - { id: a, uses: look }';
    const b = '      - { id: b, uses: look }';
    const first = await planOf(runbook(`${a}\n${b}`));
    expect(comparePlans(first, await planOf(runbook(a)))).toContain('step b: is no longer there');
    expect(comparePlans(await planOf(runbook(a)), first)).toContain('step b: was not there');
    expect(comparePlans(first, await planOf(runbook(`${b}\n${a}`)))).toContain(
      'the order of the steps has changed',
    );
    expect(
      comparePlans(first, await planOf(runbook(`${a}\n${b.replace('look', 'look, timeout: 5s')}`))),
    ).toContain('step b: is written differently now');
  });
});

const laterClock = {
  now: () => new Date('2027-01-01T00:00:00Z'),
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
};

describe("a plan's file", () => {
  it('gives the same plan back', async () => {
    const plan = await made();
    const again = parsePlan(planText(plan), 'p.json');
    expect(again).toEqual(plan);
    expect(comparePlans(again, plan)).toEqual([]);
  });

  it('of another format is refused', async () => {
    const other = JSON.stringify({ ...(await made()), schemaVersion: 2 });
    expect(usageError(() => parsePlan(other, 'p.json'))).toBe(
      'the plan p.json has the format 2, and this version of sense-runbook reads format 1',
    );
  });

  it.each([
    ['no JSON', '{ "a": ', 'p.json is no plan: it is not JSON'],
    ['an upgrade', '{"hops":[]}', 'p.json is the plan of an upgrade, not of a runbook'],
    ['something else', '[]', 'the plan is damaged:\np.json : must be a group of keys'],
  ])('that is %s is refused', (_name, content, message) => {
    expect(usageError(() => parsePlan(content, 'p.json'))).toBe(message);
  });

  it('that was damaged is refused with the place', async () => {
    const plan = JSON.parse(planText(await made())) as {
      sections: { items: { effect: string }[] }[];
      always: unknown;
    };
    delete plan.always;
    expect(usageError(() => parsePlan(JSON.stringify(plan), 'p.json'))).toBe(
      'the plan is damaged:\np.json always: is required',
    );
  });
});
