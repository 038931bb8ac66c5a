import { describe, expect, it } from 'vitest';
import type { GuidedStep } from '../../../src/engine/types.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import { operationText } from '../../../src/report/operation-text.ts';
import { guidedLines } from '../../../src/ui/guided-text.ts';
import { sampleStep } from '../report/samples.ts';

const stop = (service: string): Operation => ({ kind: 'service', verb: 'stop', service, effect: 'change' });

const VIEW: GuidedStep = {
  step: sampleStep('stop', {
    title: 'Stop the services',
    effect: 'change',
    source: '5.7 step 2, p. 211',
    explain: 'The services write to the database\nand to the share.',
    predictedMs: 42_000,
  }),
  number: 2,
  of: 14,
  nodes: [
    { node: 'central', operations: [stop('QlikSenseSchedulerService')], notes: ['the scheduler first'] },
    { node: 'rim1', operations: [], notes: [] },
  ],
  wayBack: 'reversed',
  human: false,
  byHand: false,
};

const text = (view: GuidedStep, full = false): string =>
  guidedLines(view, { operationText, full }).join('\n');

describe('a step in guided mode', () => {
  it('is told with what, why, page, time, way back, and the exact operations of every node', () => {
    expect(text(VIEW)).toBe(`
Step 2 of 14: Stop the services
--------------------------------------------------------------------------------
Why       The services write to the database and to the share.
Manual    5.7 step 2, p. 211
Takes     about 42 s, going by earlier runs
Undo      the services it stops are started again at the end of the run,
          whatever happens
On central:
  note: the scheduler first
  > sc.exe stop QlikSenseSchedulerService
On rim1:
  (nothing to do here)`);
  });

  it('does not say of a step that looks that it has nothing to do', () => {
    const step = { ...VIEW.step, effect: 'read' as const };
    expect(text({ ...VIEW, step })).not.toContain('nothing to do here');
  });

  it('says where it is not known yet what there is to do', () => {
    const step = { ...VIEW.step, label: 'unknown until open-set' as const };
    expect(text({ ...VIEW, step })).toContain('  (no operations are known beforehand)');
  });

  it.each([
    ['undo', /^Undo {6}can be put back afterwards, with rollback$/m],
    [
      'point-of-no-return',
      /^Undo {6}POINT OF NO RETURN: afterwards nothing of this run can be rolled back$/m,
    ],
    ['nothing', /nothing to undo: it only looks/],
    ['none', /rollback leaves this as it is/],
  ] as const)('says what can be undone: %s', (wayBack, words) => {
    expect(text({ ...VIEW, wayBack })).toMatch(words);
  });

  it('names what is not the manual', () => {
    const source = '5.7, p. 210; docs/backup-sets.md, States';
    expect(text({ ...VIEW, step: sampleStep('x', { source }) })).toContain(
      '\nSource    manual 5.7, p. 210; docs/backup-sets.md, States\n',
    );
  });

  it.each([
    [{ runs: ['backup'] }, 'Takes     about 42 s, going by runs of backup\n'],
    [{ drill: 'set-1' }, 'Takes     about 42 s, going by a drill of this set\n'],
    [{ drill: '20261123T020000Z-7vcxm2' }, 'going by a drill of set 20261123T020000Z-7vcxm2\n'],
  ])('says where its time is from when the same runbook never ran: %j', (predictedFrom, words) => {
    const executions = [{ node: 'central', input: { set: 'set-1' }, operations: [], outputs: {}, notes: [] }];
    const lines = text({ ...VIEW, step: { ...VIEW.step, predictedFrom, executions } });
    expect(lines).toContain(words);
    expect(lines.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says when no earlier run tells how long it takes', () => {
    expect(text({ ...VIEW, step: sampleStep('x') })).toContain(
      'Takes     not known: no earlier run of this site tells',
    );
  });

  it('says what becomes of the services, and what was asked and found', () => {
    const step = sampleStep('x', { siteConsistent: false, confirm: 'Is the old server off?' });
    const said = text({ ...VIEW, step, said: 'central: it is not done', byHand: true });
    expect(said).toContain('Asks      Is the old server off?');
    expect(said).toContain('Services  from this step on they must stay stopped');
    expect(said).toContain('\nDo it by hand now;');
    expect(said).toMatch(/What was\s+running\s+just\s+now\s+is\s+started/);
    expect(said).toContain('\nNOT YET: central: it is not done');
  });

  it('is short first and whole on demand, always in 80 columns', () => {
    const long: Operation = {
      kind: 'command',
      argv: [
        'pg_restore',
        ...Array.from({ length: 12 }, (_, index) => `--option-${String(index)}=value`),
        'QSR',
      ],
      effect: 'change',
    };
    const many = Array.from({ length: 20 }, (_, index) => stop(`Service${String(index)}`));
    const view: GuidedStep = {
      ...VIEW,
      step: { ...VIEW.step, explain: 'A line.\n\n'.repeat(5).concat('The end.') },
      nodes: [{ node: 'central', operations: [long, ...many], notes: [] }],
    };
    const short = text(view);
    expect(short).toContain('... and 13 more, see "show more"');
    expect(short).toContain('("show more" has the rest)');
    expect(short).not.toContain('The end.');
    const whole = text(view, true);
    expect(whole).toContain('Service19');
    expect(whole).toContain('QSR');
    expect(whole).toContain('The end.');
    for (const line of `${short}\n${whole}`.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
