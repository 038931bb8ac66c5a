import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { addOffsite, leaveCentral, OTHER_SOURCE, REHEARSED } from '../helpers/restored-other-ways.ts';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const { flags, steps } = OTHER_SOURCE;

// Steps that the usual restores leave out, and configuration files, which simulated nodes share: with two, both would write them.
describe.runIf(NO_SAMPLE).each(['killed', 'cut short'] as const)('that is %s, a restore', (fault) => {
  describe('from an offsite copy, with the log and configuration files', () => {
    const open = () =>
      openSameHost({
        flags: [...flags, '--logs', '--config', 'same'],
        async prepare(site, lab) {
          await leaveCentral(lab, site);
          site.edit((content) => addOffsite(content, site.folder));
        },
      });
    declareRestoreMatrix(open, { fault, only: [...steps, 'restore-config', 'restore-logs'] });
  });

  describe('to another host name that is a rehearsal, from an offsite copy, with the log and configuration files', () => {
    const open = () =>
      openNewHost({
        flags: [...flags, '--logs', '--config', 'merge', '--rehearsal', '--set', 'hostNames=database'],
        ...{ alone: true, offsite: true, running: 6 },
      });
    declareRestoreMatrix(open, {
      ...{
        fault,
        everywhere: [],
        only: [...steps, 'bootstrap-only', ...REHEARSED, 'restore-config', 'restore-logs'],
      },
    });
  });
});
