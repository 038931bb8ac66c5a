import { describe } from 'vitest';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { declareRollbackMatrix } from '../helpers/rollback-matrix.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'the rollback of a restore that is killed',
  () => {
    declareRollbackMatrix(openSameHost, { fault: 'killed', endsOfOne: 4 });
  },
);
