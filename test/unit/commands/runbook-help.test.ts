import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planText } from '../../../src/report/plan-text.ts';
import { viewRunbook } from '../../../src/report/runbook-view.ts';
import { loadRunbookFile } from '../../../src/runbook/load.ts';
import { runLine } from './fake-context.ts';

const folder = fileURLToPath(new URL('../../../runbooks', import.meta.url));
const names = readdirSync(folder).map((name) => path.basename(name, '.yaml'));
const procedure = async (name: string) =>
  viewRunbook(await loadRunbookFile(path.join(folder, `${name}.yaml`)));

describe.each(['plan', 'run'])('%s --help', (command) => {
  it('tells the parameters of the runbook that is named, 80 columns wide', async () => {
    const { code, out } = await runLine([command, 'restore-new-host', '--help'], undefined, { procedure });
    expect(code).toBe(0);
    expect(out).toContain(`Usage: sense-runbook ${command} [options] <runbook>`);
    const { params } = await loadRunbookFile(path.join(folder, 'restore-new-host.yaml'));
    expect(params.length).toBeGreaterThan(5);
    for (const { name } of params) expect(out).toContain(`\n  --set ${name}=`);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('is the command alone where none is named, and for a saved plan', async () => {
    for (const line of [
      [command, '--help'],
      [command, 'saved.json', '-h'],
    ]) {
      const { error, out } = await runLine(line);
      expect(error).toMatchObject({ exitCode: 0 });
      expect(out).not.toContain('Parameters of');
    }
  });

  it('is not needed to be told that a runbook is missing', async () => {
    const { error } = await runLine([command]);
    expect(String(error)).toContain("missing required argument 'runbook'");
  });
});

describe('the printed procedure', () => {
  it.each(names)('of %s is 80 columns wide, but for the path of its file', async (name) => {
    const text = planText(await procedure(name), { explain: true });
    const wide = text.split('\n').filter((line) => line.length > 80 && !line.trim().startsWith(folder));
    expect(wide).toEqual([]);
  });
});
