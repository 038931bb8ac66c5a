import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newestJournal, openLab, type Lab, type LabSite, type ToolResult } from '../helpers/lab.ts';
import { setsOf } from '../helpers/soundness.ts';
import { expectErrorDocument, expectNoStack } from '../helpers/expect-tool.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

/** Makes the first backup wait, with its services down, until a file is there. */
function holdUp(site: LabSite, until: string): void {
  site.edit((content) => {
    const wait = { argv: ['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.1; done', until], effect: 'read' };
    content['hooks'] = [
      {
        runbook: 'backup',
        step: 'dump-qsr',
        before: [{ id: 'wait', title: 'Wait', uses: 'command.run', with: wait }],
      },
    ];
  });
}

async function waiting(site: LabSite): Promise<string> {
  await expect
    .poll(() => newestJournal(site).some(({ type, step }) => type === 'child' && step === 'wait'), {
      timeout: 60_000,
      interval: 50,
    })
    .toBe(true);
  const journals = newestJournal(site);
  expect(journals[0]).toMatchObject({ type: 'began' });
  const { stdout } = await site.run(['runs', '--json']);
  const { runs } = JSON.parse(stdout) as { runs: { id: string; outcome: string }[] };
  expect(runs).toMatchObject([{ outcome: 'running' }]);
  return runs[0]?.id ?? '';
}

describe('while a backup runs', () => {
  it('a second run is refused and names it, also from another site file; looking is allowed; the first one is not disturbed', async () => {
    const [site, other] = [lab.site({ small: true }), lab.site({ small: true })];
    other.edit((content) => {
      content['vault'] = { folder: site.vault };
    });
    const before = site.states();
    const beforeOther = other.states();
    const goOn = join(site.folder, 'go on');
    holdUp(site, goOn);
    const first = site.run(['backup', '--yes']);
    let run: string;
    let refused: ToolResult[];
    let allowed: ToolResult[];
    try {
      run = await waiting(site);
      const down = site.states();
      refused = [
        await site.run(['backup', '--yes']),
        await site.run(['resume', '--yes']),
        await site.run(['recover']),
      ];
      expectErrorDocument(await site.run(['--json', 'backup', '--yes']), {
        code: 6,
        says: [run],
        hint: /Wait/,
      });
      await expectVaultTaken(other, run);
      expect(other.states()).toEqual(beforeOther);
      allowed = [
        await site.run(['backups']),
        await site.run(['status']),
        await site.run(['runbooks']),
        await site.run(['upgrade', 'rules']),
      ];
      expect(site.states()).toEqual(down);
    } finally {
      writeFileSync(goOn, '');
    }
    const result = await first;
    expect(result.code, result.stdout + result.stderr).toBe(0);
    for (const one of refused) {
      expect(one.code, one.stdout + one.stderr).toBe(6);
      expectNoStack(one);
      expect(one.stderr).toMatch(new RegExp(`^error: .*${run}`, 'm'));
      expect(one.stderr).toMatch(/^hint: .*Wait/m);
    }
    expect(allowed[0]?.code).toBe(0);
    expect(allowed[0]?.stderr).toContain(run);
    // No good backup yet: that is why the probe is not well, and not the run that works.
    expect(allowed[1]?.code).toBe(5);
    // Also where no site is needed.
    for (const { code, stderr } of allowed.slice(2))
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^note: run ${run} .* is running`)),
      ]);
    expect(site.states()).toEqual(before);
    expect((await setsOf(site)).map(({ state }) => state)).toEqual(['complete']);
    expect(existsSync(join(site.vault, 'demo', 'vault.lock'))).toBe(false);
  });
});

/** Another site file with the same vault: it has claims and state of its own, so only the vault's lock keeps it away. */
async function expectVaultTaken(other: LabSite, run: string): Promise<void> {
  const second = await other.run(['backup', '--yes']);
  expect(second.code, second.stdout + second.stderr).toBe(6);
  expectNoStack(second);
  expect(second.stderr).toMatch(new RegExp(`^error: .*vault.*${run}`, 'm'));
  expect(second.stderr).toMatch(/^hint: /m);
}
