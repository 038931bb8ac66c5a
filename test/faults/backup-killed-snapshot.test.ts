import { describe, expect, it } from 'vitest';
import { useHeldUpDump } from '../helpers/held-up-dump.ts';
import { declareKillMatrix } from '../helpers/kill-matrix.ts';
import { newestJournal } from '../helpers/lab.ts';
import { childrenLeft, expectNextBackup, expectRecovered } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const FLAGS = ['--quiesce', 'snapshot'];

// Not in the sample: of killed backups that has those with the services down throughout.
describe.runIf(NO_SAMPLE)('a backup with quiesce=snapshot', () => {
  describe('that is killed while dumps and services go on side by side', () => {
    declareKillMatrix(0, 1, { flags: FLAGS, from: 'operation begin dump-', to: 'result dump-' });
  });

  describe('that is killed while a dump goes on and the services run again', () => {
    const { lab, rollback } = useHeldUpDump();

    it('leaves services up and nothing behind', async () => {
      const site = lab().site({ small: true });
      const before = site.states();
      const cut = { at: 'result start-rims rim' };
      const killed = await site.run(['backup', '--yes', ...FLAGS], { cut });
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
      const ended = newestJournal(site).filter(({ type, step }) => type === 'result' && step === 'dump-qsr');
      expect(ended).toEqual([]);
      expect(childrenLeft(site)).not.toEqual([]);
      await expectRecovered(lab(), site, before, 'the start of the services');
      await rollback();
      await expectNextBackup(site, before, 'the start of the services');
    });
  });
});
