import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { createRedactor } from '../../../src/foundation/redaction.ts';
import { planOf, planSection, planStep, runOptions, testAction, testEngine } from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const PLAN = {
  ...planOf([planSection([planStep('use', { with: { password: '${ params.password }' } })])]),
  params: { password: '***', quiesce: 'full' },
};

/** An engine whose step keeps the password it was given, and fails as long as `broken`. */
function lab() {
  const redactor = createRedactor();
  const used: unknown[] = [];
  const state = { broken: true };
  const use = testAction(
    'use',
    (context) => {
      context.warn(`told ${String(used.at(-1))}`);
      return state.broken ? Promise.reject(new Error('no')) : Promise.resolve({});
    },
    { prepare: (input) => (used.push((input as { password: string }).password), Promise.resolve(null)) },
  );
  const { engine, events } = testEngine(temporaryFolder(), [use], {
    redact: (text) => redactor.redact(text),
    hide: (secret) => {
      redactor.register(secret);
    },
  });
  return { engine, events, used, state };
}

describe('a secret parameter', () => {
  it('reaches the step and stands in no file of the run', async () => {
    const { engine, used } = lab();
    const secretParams = { password: 'hunter22' };
    const { folder } = await engine.run(PLAN, runOptions({ secretParams }));
    expect(used).toEqual(['hunter22']);
    for (const file of ['plan.json', 'journal.jsonl', 'log.jsonl', 'report.json'])
      expect(readFileSync(join(folder, file), 'utf8'), file).not.toContain('hunter22');
  });

  it('has to be given again to resume, and nothing else may be', async () => {
    const { engine, used, state } = lab();
    const { run } = await engine.run(PLAN, runOptions({ secretParams: { password: 'hunter22' } }));
    state.broken = false;
    const without = engine.resume(run, runOptions());
    await expect(without).rejects.toThrow(UsageError);
    await expect(without).rejects.toThrow('given again: password');
    const other = runOptions({ secretParams: { password: 'hunter22', quiesce: 'none' } });
    await expect(engine.resume(run, other)).rejects.toThrow('--set quiesce');
    expect(await engine.resume(run, runOptions({ secretParams: { password: 'hunter33' } }))).toMatchObject({
      exitCode: 0,
    });
    expect(used).toEqual(['hunter22', 'hunter33']);
  });

  it('is refused when it is too short to be hidden, also by a run that goes on', async () => {
    const { engine } = lab();
    const { run } = await engine.run(PLAN, runOptions({ secretParams: { password: 'hunter22' } }));
    await expect(engine.resume(run, runOptions({ secretParams: { password: 'q7!' } }))).rejects.toThrow(
      /^--set password: must have at least 4 characters/,
    );
  });
});
