import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ZodType } from 'zod';
import { CommandError, InterruptedError, PreflightError, UsageError } from '../../../src/contract/errors.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import { allSteps } from '../../../src/contract/plan.ts';
import { resolvePlan } from '../../../src/runbook/resolve.ts';
import { action, node, options, planOf, predictBy, runbook } from './support.ts';

const stop = (service: string): Operation => ({ kind: 'service', verb: 'stop', service, effect: 'change' });
const write = (path: string): Operation => ({ kind: 'file', verb: 'write', path, effect: 'change' });
const path = z.strictObject({ path: z.string() });

async function failure(...parts: Parameters<typeof planOf>): Promise<string> {
  const error = await planOf(...parts).then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof UsageError) return error.message;
  throw error;
}

describe('a plan', () => {
  it('has each step on each node with its input, operations, effect and facts', async () => {
    const plan = await planOf(
      runbook(
        '      - { id: stop-all, title: Stop, uses: services.stop, on: all, with: { except: ["${ site.name }"] }, timeout: 30s }',
        'source: "p. 1"\n',
      ),
      [
        action('services.stop', {
          effect: 'change',
          describe: (_input, { name }) => ({
            operations: [stop(`Qlik-${name}`)],
            observed: { services: { [`Qlik-${name}`]: 'running' } },
            outputs: { stopped: [name] },
            notes: ['a note'],
            estimate: { files: 2 },
          }),
        }),
      ],
    );
    expect(plan).toMatchObject({
      schemaVersion: 1,
      tool: 'sense-runbook 0.0.0',
      runbook: { name: 'test', title: 'Test', source: 'p. 1', file: 'test.yaml' },
      site: 'prod',
      createdAt: '2026-11-23T02:00:00.000Z',
      params: {},
      sections: [{ id: 'main', preflight: false, restart: 'step' }],
      predicted: { basedOn: 0 },
    });
    const [step] = allSteps(plan);
    expect(step).toMatchObject({ effect: 'change', label: 'checked', timeoutMs: 30_000, origin: 'runbook' });
    expect(step?.with).toEqual({ except: ['${ site.name }'] });
    expect(step?.executions).toEqual(
      ['central', 'rim-1', 'rim-2'].map((name) => ({
        node: name,
        input: { except: ['prod'] },
        operations: [stop(`Qlik-${name}`)],
        outputs: { stopped: [name] },
        notes: ['a note'],
        estimate: { files: 2 },
      })),
    );
    expect(plan.fingerprint).toEqual({
      'nodes/central': {
        host: 'central.example',
        role: 'central',
        failoverCandidate: false,
        transport: 'simulated',
      },
      'nodes/rim-1': { host: 'rim-1.example', role: 'rim', failoverCandidate: true, transport: 'simulated' },
      'nodes/rim-2': { host: 'rim-2.example', role: 'rim', failoverCandidate: false, transport: 'simulated' },
      runbook: plan.runbook.sha256,
      site: 'prod',
      'stop-all/central/services': { 'Qlik-central': 'running' },
      'stop-all/rim-1/services': { 'Qlik-rim-1': 'running' },
      'stop-all/rim-2/services': { 'Qlik-rim-2': 'running' },
    });
    expect(Object.keys(plan.fingerprint)).toEqual(Object.keys(plan.fingerprint).sort());
  });

  it('names the references to secrets in its fingerprint', async () => {
    const plan = await planOf(runbook('      - { id: a, uses: look }'), [], {
      site: {
        name: 'prod',
        values: { database: { password: { env: 'PGPASS' }, port: 4432 }, x: [{ secret: 'pfx' }] },
      },
    });
    expect(plan.fingerprint).toMatchObject({
      'secrets/database.password': { env: 'PGPASS' },
      'secrets/x.0': { secret: 'pfx' },
    });
  });

  it.each([
    ['all', ['central', 'rim-1', 'rim-2']],
    ['central', ['central']],
    ['rims', ['rim-1', 'rim-2']],
    ['failover', ['rim-1']],
    ['database', ['central']],
    ['rim-2', ['rim-2']],
    ['[rim-2, failover, rim-1, database]', ['central', 'rim-1', 'rim-2']],
  ])('runs a step that is on %s on %j', async (on, nodes) => {
    const plan = await planOf(runbook(`      - { id: a, uses: look, on: ${on} }`));
    expect(allSteps(plan)[0]?.executions.map((execution) => execution.node)).toEqual(nodes);
  });

  it.each([
    ['rims', 'the site has no rim node'],
    ['failover', 'the site has no failover candidate'],
    ['database', 'the database is on no node of the site'],
  ])('skips a step on %s where there is none', async (on, reason) => {
    const rest = options(runbook(`      - { id: a, uses: look, on: ${on} }`), [], {
      nodes: [node('central', { role: 'central' })],
    });
    delete (rest as { databaseNode?: string }).databaseNode;
    const [step] = allSteps((await resolvePlan(rest)).plan);
    expect(step).toMatchObject({ skipped: reason, executions: [] });
  });

  it('leaves out what does not hold, and says what is known only later', async () => {
    const plan = await planOf(
      runbook(
        [
          '      - { id: off, uses: look, when: params.mode == "on" }',
          '      - { id: opened, uses: open }',
          '      - { id: later, uses: look, when: steps.opened.outputs.fresh }',
          '      - { id: never, uses: look, when: steps.off.outputs.x != null }',
          '      - { id: certain, uses: look, when: steps.opened.outputs.format == "tar" }',
          '      - { id: unsure, uses: look, when: steps.later.outputs.x == 1 }',
          '      - { id: running, uses: look, when: run.downtimeMs > 3 }',
        ].join('\n'),
        'params: { mode: { type: string, default: "off" } }\n',
      ),
      [action('open', { describe: () => ({ operations: [], outputs: { format: 'tar', set: '<set>' } }) })],
    );
    expect(
      allSteps(plan).map(({ id, label, skipped, when }) => [id, label, skipped ?? null, when ?? null]),
    ).toEqual([
      ['off', 'checked', 'mode is off', null],
      ['opened', 'checked', null, null],
      ['later', 'unknown until opened', null, 'steps.opened.outputs.fresh'],
      ['never', 'checked', 'x of step off is not set', null],
      ['certain', 'checked', null, null],
      ['unsure', 'unknown until later', null, 'steps.later.outputs.x == 1'],
      ['running', 'unknown until the run', null, 'run.downtimeMs > 3'],
    ]);
    expect(allSteps(plan)[0]?.executions).toEqual([
      { node: 'central', input: {}, operations: [], outputs: {}, notes: [] },
    ]);
  });

  it('passes predicted outputs and placeholders on to later steps', async () => {
    const plan = await planOf(
      runbook(
        [
          '      - { id: open-set, uses: open }',
          '      - { id: dump, uses: write, with: { path: "${ steps.open-set.outputs.path }/QSR.tar" } }',
          '      - { id: note, uses: write, with: { path: "${ run.id }/${ steps.open-set.outputs.other.x }" } }',
          '      - { id: rim, uses: write, with: { path: "${ steps.open-set.nodes.central.y }" } }',
        ].join('\n'),
      ),
      [
        action('open', { describe: () => ({ operations: [], outputs: { path: '/vault/<set>' } }) }),
        action('write', { input: path, describe: (input) => ({ operations: [write(input.path)] }) }),
      ],
    );
    expect(allSteps(plan).map(({ executions }) => executions[0]?.operations)).toEqual([
      [],
      [write('/vault/<set>/QSR.tar')],
      [write('<run>/<steps.open-set.other.x>')],
      [write('<steps.open-set.nodes.central.y>')],
    ]);
    expect(new Set(allSteps(plan).map(({ label }) => label))).toEqual(new Set(['checked']));
  });

  it('describes a step without a number it gets only later, or says that it cannot be told', async () => {
    const optional = z.strictObject({ downtimeMs: z.number().optional() });
    const required = z.strictObject({ downtimeMs: z.number() });
    const plan = await planOf(
      runbook(
        [
          '      - { id: a, uses: optional, with: { downtimeMs: "${ run.downtimeMs }" } }',
          '      - { id: b, uses: required, with: { downtimeMs: "${ run.downtimeMs }" } }',
        ].join('\n'),
      ),
      [
        action('optional', {
          input: optional,
          describe: () => ({ operations: [write('/x')], basis: 'assumed' }),
        }),
        action('required', { input: required }),
      ],
    );
    expect(allSteps(plan)).toMatchObject([
      {
        label: 'assumed',
        effect: 'change',
        executions: [{ input: { downtimeMs: '<run.downtimeMs>' }, operations: [write('/x')] }],
      },
      // What cannot be told needs the strongest approval.
      { label: 'unknown until the run', effect: 'destroy', executions: [{ operations: [] }] },
    ]);
  });

  it('never holds a secret, and gives its value apart', async () => {
    const seen: string[] = [];
    const { plan, secretParams } = await resolvePlan(
      options(
        runbook(
          '      - { id: a, uses: use, with: { path: "x${ params.password }" } }',
          'params: { password: { type: secret, required: true } }\n',
        ),
        [
          action('use', {
            input: path,
            describe: (input) => {
              seen.push(input.path);
              return { operations: [write(input.path)] };
            },
          }),
        ],
        { params: { password: 'hunter22' } },
      ),
    );
    expect(JSON.stringify(plan)).not.toContain('hunter22');
    expect(seen).toEqual(['x***']);
    expect(plan.params).toEqual({ password: '***' });
    expect(secretParams).toEqual({ password: 'hunter22' });
  });

  it('takes the strongest effect of action and operations', async () => {
    const byInput = z.strictObject({ effect: z.enum(['read', 'change', 'destroy']) });
    const plan = await planOf(
      runbook(
        '      - { id: a, uses: by-input, with: { effect: destroy } }\n      - { id: b, uses: sly }\n      - { id: c, uses: by-input, with: { effect: read } }',
      ),
      [
        action('by-input', { input: byInput, effect: (input) => input.effect }),
        action('sly', { effect: 'read', describe: () => ({ operations: [stop('x')] }) }),
      ],
    );
    expect(allSteps(plan).map(({ effect }) => effect)).toEqual(['destroy', 'change', 'read']);
  });

  it('predicts the sum of what runs one after the other and the longest of what runs side by side', async () => {
    const text = runbook(
      [
        '      - { id: pre, uses: look }',
        '      - { id: stop, uses: services.stop }',
        '      - parallel: [{ id: p, uses: look }, { id: q, uses: look }]',
        '      - { id: start, uses: services.start }',
        '      - { id: off, uses: look, when: "false" }',
        '      - { id: post, uses: look }',
        'always: [{ id: again, uses: services.start }]',
      ].join('\n'),
    );
    const times = new Map(Object.entries({ pre: 5, stop: 10, p: 100, q: 300, start: 20, post: 7, again: 1 }));
    const actions = [action('services.stop'), action('services.start')];
    const predict = predictBy(times);
    const plan = await planOf(text, actions, { predict, history: { runs: 3 } });
    expect(plan.predicted).toEqual({ durationMs: 343, downtimeMs: 330, basedOn: 3 });
    expect(plan.warnings).toEqual([]);
    times.delete('pre');
    expect((await planOf(text, actions, { predict, history: { runs: 3 } })).predicted).toEqual({
      downtimeMs: 330,
      basedOn: 3,
    });
    times.set('q', 9 * 60_000);
    const slow = await planOf(text, actions, { predict, history: { runs: 3 } });
    expect(slow.warnings).toEqual([
      'The predicted downtime is 9 min. When the central node is away for 10 min, a failover candidate takes over its role.',
    ]);
  });
});

describe('a plan is refused with', () => {
  it.each<[string, string, string]>([
    [
      'an unknown action',
      '- { id: a, uses: lok }',
      '6:24 sections[0].steps[0].uses: there is no action "lok"; did you mean "look"?',
    ],
    [
      'an unknown node',
      '- { id: a, uses: look, on: rim1 }',
      '6:34 sections[0].steps[0].on: there is no node "rim1"; did you mean "rim-1"?',
    ],
    [
      'an unknown node in a list',
      '- { id: a, uses: look, on: [central, x] }',
      '6:44 sections[0].steps[0].on[1]: there is no node "x"; "on" may be "all", "central", "rims", "failover", "database", "central", "rim-1", "rim-2"',
    ],
    [
      'an unknown node in a reference',
      '- { id: b, uses: look }\n      - { id: a, uses: look, when: steps.b.nodes.rim3.x == 1 }',
      '7:36 sections[0].steps[1].when: steps.b.nodes.rim3 is unknown; did you mean "rim-1"?',
    ],
    [
      'an unknown name of the site',
      '- { id: a, uses: look, with: { p: "${ site.shar.root }" } }',
      '6:41 sections[0].steps[0].with.p: site.shar is unknown; did you mean "share"?',
    ],
    [
      'a condition that is none',
      '- { id: a, uses: look, when: site.name }',
      '6:36 sections[0].steps[0].when: must give true or false, not text',
    ],
    [
      'types that differ',
      '- { id: a, uses: look, when: site.name == 1 }',
      '6:36 sections[0].steps[0].when: "==" compares values of one type, not text with a number',
    ],
    ['a missing input', '- { id: a, uses: strict }', '6:9 sections[0].steps[0].with.path: is required'],
    [
      'an input of another type',
      '- { id: a, uses: strict, with: { path: 7 } }',
      '6:46 sections[0].steps[0].with.path: must be text',
    ],
    [
      'an unknown input',
      '- { id: a, uses: strict, with: { path: x, pth: y } }',
      '6:49 sections[0].steps[0].with.pth: is an unknown key; did you mean "path"?',
    ],
    [
      'an unknown input that the action would pass over',
      '- { id: a, uses: loose, with: { pth: y } }',
      '6:39 sections[0].steps[0].with.pth: is an unknown key; did you mean "path"?',
    ],
  ])('%s', async (_name, step, message) => {
    const loose = z.object({ path: z.string().optional() }) as unknown as ZodType<{ path: string }>;
    const actions = [action('strict', { input: path }), action('loose', { input: loose })];
    expect(await failure(runbook(`      ${step}`), actions)).toBe(`test.yaml:${message}`);
  });

  it('every mistake at once, and looks at nothing then', async () => {
    const looked: string[] = [];
    const text = runbook(
      '      - { id: a, uses: lok }\n      - { id: b, uses: watch }\n      - { id: c, uses: look, on: nowhere, when: site.nam == "x" }',
    );
    const watch = action('watch', {
      describe: () => {
        looked.push('watch');
        return { operations: [] };
      },
    });
    expect((await failure(text, [watch])).split('\n')).toHaveLength(3);
    expect(looked).toEqual([]);
  });

  it('a preflight section that changes something', async () => {
    const text = `name: test\ntitle: T\nsections: [{ id: s, preflight: true, steps: [{ id: a, uses: change }] }]`;
    expect(await failure(text, [action('change', { effect: 'change' })])).toBe(
      'test.yaml:3:61 sections[0].steps[0].uses: "change" is of effect class "change"; a preflight section may only read',
    );
  });

  it('a site that cannot be looked at, as a failed preflight that names steps and nodes', async () => {
    const down = action('down', {
      describe: (_input, { name }) => {
        throw new CommandError(`${name} refused`, { argv: ['x'] }, { hint: 'Start it.' });
      },
    });
    const promise = planOf(runbook('      - { id: a, title: Dump, uses: down, on: rims }'), [down]);
    await expect(promise).rejects.toThrow(PreflightError);
    await expect(promise).rejects.toMatchObject({
      exitCode: 3,
      hint: 'Start it.',
      message: 'the site cannot be planned for:\nDump on rim-1: rim-1 refused\nDump on rim-2: rim-2 refused',
    });
  });

  it('nothing hidden when an action has a bug', async () => {
    const buggy = action('buggy', {
      describe: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(planOf(runbook('      - { id: a, uses: buggy }'), [buggy])).rejects.toThrow(TypeError);
  });

  it('the reason of a signal that was aborted', async () => {
    const controller = new AbortController();
    controller.abort(new InterruptedError('Ctrl+C'));
    await expect(
      planOf(runbook('      - { id: a, uses: look }'), [], { signal: controller.signal }),
    ).rejects.toThrow(InterruptedError);
  });
});
