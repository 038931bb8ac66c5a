import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newestJournal, openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { setsOf } from '../helpers/soundness.ts';
import { backUp, expectFailed, ordersOf } from '../helpers/expect-tool.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

interface Hook {
  readonly step?: string;
  readonly before?: unknown[];
  readonly after?: unknown[];
  readonly 'on-failure'?: unknown[];
}

function hooked(...hooks: Hook[]): LabSite {
  const site = lab.site({ small: true });
  site.edit((content) => {
    content['hooks'] = hooks.map((hook) => ({ runbook: 'backup', ...hook }));
  });
  return site;
}

/** A hook's step that runs a shell script; `$0` is the site's own note file. */
function script(id: string, text: string, ...args: string[]): unknown {
  const argv = ['sh', '-c', text, ...args];
  return { id, title: `Hook ${id}`, uses: 'command.run', with: { argv, effect: 'change' } };
}

it('stops nothing when the hook before the backup fails', async () => {
  const site = hooked({ before: [script('tell', 'echo "Kalender gesperrt" >&2; exit 3')] });
  await expectFailed(site, ['backup', '--yes'], {
    code: 1,
    says: [/Hook tell \(tell on central\)/, /exit code 3/, /Kalender gesperrt/],
    hint: /./,
  });
  expect(ordersOf(site)).toEqual([]);
  expect(await setsOf(site)).toEqual([]);
});

it('starts the services when a hook before a step fails, and runs what is to run on a failure', async () => {
  const note = join(lab.demo.paths.dir, 'note');
  const own = join(lab.demo.paths.dir, 'own note');
  const site = hooked(
    { step: 'dump-qsr', before: [script('check', 'exit 1')] },
    { step: 'dump-qsr', 'on-failure': [script('other', 'touch "$0"', own)] },
    {
      'on-failure': [
        script('mail', 'echo "$1" > "$0"', note, '${ run.failedStep }'),
        // It must not keep the services down.
        script('page', 'exit 9'),
      ],
    },
  );
  const run = await expectFailed(site, ['backup', '--yes'], { code: 1, says: [/Hook check/], hint: /./ });
  expect(run.stdout).toMatch(/on-failure hook page failed/);
  expect(newestJournal(site).at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', exitCode: 1 });
  expect(readFileSync(note, 'utf8')).toBe('check\n');
  // That one is for a failure of dump-qsr itself.
  expect(existsSync(own)).toBe(false);
  expect(ordersOf(site).some((order) => order.includes('stop'))).toBe(true);
});

it('does not run what is for failures when all went well, and runs the hooks around', async () => {
  const note = join(lab.demo.paths.dir, 'order');
  const write = (id: string): unknown => script(id, 'echo "$1" >> "$0"', note, id);
  const site = hooked(
    { before: [write('before-all')] },
    { after: [write('after-all')] },
    { step: 'open-set', before: [write('before-set')] },
    { step: 'open-set', after: [write('after-set')] },
    { 'on-failure': [write('failed')] },
  );
  await backUp(site);
  expect(readFileSync(note, 'utf8').split('\n').filter(Boolean)).toEqual([
    'before-all',
    'before-set',
    'after-set',
    'after-all',
  ]);
});
