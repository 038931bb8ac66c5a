import { describe, expect, it } from 'vitest';
import { planOf, planSection, planStep, runOptions, testEngine } from '../../helpers/engine.ts';
import { restorableSite } from '../../helpers/restorable-site.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('the rollback of a done run that loses what came since', () => {
  it('wants the name of the site, whatever the run itself wanted', async () => {
    const { is, restoring } = restorableSite();
    const actions = [{ ...restoring('swap'), undoLoses: true as const }];
    const { engine } = testEngine(temporaryFolder(), actions);
    await engine.run(planOf([planSection([planStep('swap')])]), runOptions());
    await expect(engine.rollback(undefined, runOptions())).rejects.toThrow('needs approval (destroy)');
    expect(is).toEqual({ swap: 'new' });
    const approvals = { change: true, destroy: 'lab' };
    expect(await engine.rollback(undefined, runOptions({ approvals }))).toMatchObject({
      outcome: 'rolled-back',
    });
    expect(is).toEqual({ swap: 'old' });
  });
});
