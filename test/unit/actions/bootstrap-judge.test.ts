import { describe, expect, it } from 'vitest';
import { nothingHeard, type Heard } from '../../../src/actions/bootstrap-conversation.ts';
import { ASK_ABOUT_LINES, judgeHeard } from '../../../src/actions/bootstrap-judge.ts';
import type { ExecuteContext } from '../../../src/contract/action.ts';
import { askedPerson } from '../../helpers/asked-person.ts';

const ENDED = { startup: true, terminated: true, entered: true };
const ERROR = '[ERROR] Could not update the performance counters';

/** Judges what was heard; `planned`: whether the plan has the question. */
async function judge(
  heard: Partial<Heard>,
  how: { readonly answer?: boolean; readonly planned?: boolean; readonly onErrors?: 'fail' | 'warn' } = {},
) {
  const warnings: string[] = [];
  const { asked, person } = askedPerson(how.answer);
  const context = {
    node: { name: 'central' },
    isPlanned: () => how.planned ?? true,
    perform: (operation: unknown, work: (signal: AbortSignal) => Promise<unknown>) => {
      expect(operation).toBe(ASK_ABOUT_LINES);
      return work(new AbortController().signal);
    },
    warn: (message: string) => warnings.push(message),
  } as unknown as ExecuteContext;
  const given = { mode: 'restore-host-name', 'on-errors': how.onErrors ?? 'fail' } as const;
  const failure = await judgeHeard({ person }, { ...nothingHeard(), ...heard }, given, context).then(
    () => undefined,
    (error: unknown) => error as Error & { hint?: string },
  );
  return { failure, warnings, asked };
}

describe('what a bootstrap said that came to its end', () => {
  it('is no question without ERROR and FATAL', async () => {
    expect(await judge(ENDED, { answer: true })).toEqual({ failure: undefined, warnings: [], asked: [] });
  });

  it('is a warning with the lines when a person says that they do no harm', async () => {
    const { failure, warnings, asked } = await judge({ ...ENDED, errors: [ERROR] }, { answer: true });
    expect(failure).toBeUndefined();
    expect(asked.join()).toContain(ERROR);
    expect(warnings).toEqual([`central: repository.exe reported errors:\n${ERROR}`]);
  });

  it('says in the question that it went on after ENTER', async () => {
    const { asked } = await judge({ ...ENDED, errors: [ERROR], endedItself: false }, { answer: false });
    expect(asked.join()).toContain('went on after ENTER');
  });

  it.each([
    ['a person says that they do harm', { answer: false }],
    ['nobody can be asked', {}],
    ['the run was planned without the question', { answer: true, planned: false }],
  ])('fails when %s, and names the way out', async (_why, how) => {
    const { failure } = await judge({ ...ENDED, errors: [ERROR] }, how);
    expect(failure?.message).toContain(ERROR);
    expect(failure?.hint).toContain('`sense-runbook resume` on a terminal runs it again and asks');
  });

  it('is asked about FATAL also where the runbook has ERROR be a warning', async () => {
    const warned = await judge({ ...ENDED, errors: [ERROR] }, { onErrors: 'warn', answer: false });
    expect(warned).toMatchObject({ failure: undefined, asked: [] });
    const fatal = await judge(
      { ...ENDED, fatal: ['[FATAL] migration failed'] },
      { onErrors: 'warn', answer: false },
    );
    expect(fatal.failure?.message).toContain('migration failed');
    expect(fatal.asked).toHaveLength(1);
  });
});

it('one that never said that it was done fails without a question, with its lines', async () => {
  const { failure, asked } = await judge({ errors: [ERROR] }, { answer: true });
  expect(failure?.message).toContain('ended before it was done');
  expect(failure?.message).toContain(ERROR);
  expect(asked).toEqual([]);
});
