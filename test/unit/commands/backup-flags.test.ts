import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BACKUP_PARAMS } from '../../../src/commands/backup.ts';
import { viewRunbook } from '../../../src/report/runbook-view.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { loadRunbookFile } from '../../../src/runbook/load.ts';

const file = fileURLToPath(new URL('../../../runbooks/backup.yaml', import.meta.url));

describe('the backup command', () => {
  it('has a flag for every parameter of the backup runbook', async () => {
    const { params } = await loadRunbookFile(file);
    expect(params.map((param) => param.name).sort()).toEqual([...BACKUP_PARAMS].sort());
  });
});

describe('the printed procedure of the backup runbook', () => {
  it('has every step with its manual reference and explanation, 80 columns wide', async () => {
    const text = planText(viewRunbook(await loadRunbookFile(file)), { explain: true });
    expect(text).toContain('[services.stop; manual 5.6 step 1, p. 208');
    expect(text).toMatch(/^--set quiesce=/m);
    // Only words that cannot be broken may be longer.
    for (const line of text.split('\n')) if (line.length > 80) expect(line.trim()).not.toMatch(/ /);
  });
});
