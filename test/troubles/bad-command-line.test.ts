import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSiteWithoutDatabase, runTool, type LabSite } from '../helpers/lab.ts';
import { expectErrorDocument, expectNoStack, expectRefused } from '../helpers/expect-tool.ts';

let site: LabSite & { close(): Promise<void> };

beforeAll(async () => {
  site = await openSiteWithoutDatabase();
});

afterEach(() => {
  rmSync(join(site.folder, 'runbooks'), { recursive: true, force: true });
});

afterAll(async () => {
  await site.close();
});

/** Puts a runbook `own` beside the site file, where the user's own ones lie. */
function writeOwn(steps: string, more = ''): string {
  const file = join(site.folder, 'runbooks', 'own.yaml');
  mkdirSync(join(site.folder, 'runbooks'), { recursive: true });
  const head = `name: own\ntitle: Own\n${more}sections:\n  - id: main\n    steps:\n`;
  writeFileSync(file, head + steps.replace(/^/gm, '      '));
  return file;
}

const STEP = `- id: one\n  title: One\n`;

describe('the version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };

  it.each([[['--version']], [['-V']], [['--version', '--json']], [['status', '--version']]])(
    'is told by %j, and nothing else',
    async (words) => {
      const { code, stdout, stderr } = await runTool(words);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: version, stderr: '' });
    },
  );
});

describe('words that are unknown', () => {
  it.each([
    ['a command', ['bakup'], /unknown command 'bakup'/, /--help/],
    ['a flag', ['backup', '--yess'], /unknown option '--yess'/, /--help/],
    [
      'a runbook',
      ['run', 'bakup', '--yes'],
      /there is no runbook "bakup"; did you mean "backup"\?/,
      /sense-runbook runbooks/,
    ],
    ['a runbook to be planned', ['plan', 'bakup'], /there is no runbook "bakup"/, /sense-runbook runbooks/],
    ['a runbook file', ['run', 'nowhere.yaml', '--yes'], /no file .*nowhere\.yaml/, /sense-runbook runbooks/],
    ['a plan file', ['run', 'nowhere.json', '--yes'], /nowhere\.json/, /plan RUNBOOK --out/],
    [
      'a parameter',
      ['run', 'backup', '--yes', '--set', 'quiese=none'],
      /did you mean "quiesce"\?/,
      /runbooks show backup/,
    ],
    [
      'a value',
      ['run', 'backup', '--set', 'quiesce=ful'],
      /"full" or "snapshot" or "none"/,
      /runbooks show backup/,
    ],
    ['a setting', ['run', 'backup', '--set', 'quiesce'], /not NAME=VALUE/, /--set quiesce=none/],
    ['an approval', ['backup', '--approve', 'everything'], /--approve everything/, /--approve destroy=SITE/],
    ['a set', ['backups', 'verify', '20200101T000000Z-abcdef'], /20200101T000000Z-abcdef/, /backup/],
    ['a run', ['runs', 'show', '20200101T000000Z-abcdef'], /20200101T000000Z-abcdef/, /sense-runbook runs/],
    [
      'a run to be resumed',
      ['resume', '20200101T000000Z-abcdef', '--yes'],
      /20200101T000000Z-abcdef/,
      /sense-runbook runs/,
    ],
  ])('%s', async (_what, args, says, hint) => {
    await expectRefused(site, args, { code: 2, says: [says], hint });
  });

  it('are one JSON document with --json, also before any command is known', async () => {
    const flag = await site.run(['--json', 'backup', '--yess']);
    expectErrorDocument(flag, { code: 2, says: [/--yess/], hint: /--help/ });
    const runbook = await site.run(['--json', 'run', 'bakup', '--yes']);
    expectErrorDocument(runbook, { code: 2, says: [/bakup/], hint: /sense-runbook runbooks/ });
    expect(flag.stdout + runbook.stdout).toBe('');
  });

  it('and no word at all', async () => {
    const run = await site.run([]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^hint: .*--help/m);
    expectNoStack(run);
  });
});

describe("a mistake in the user's own runbook", () => {
  it.each([
    ['an unknown action', `${STEP}  uses: services.stopp\n`, /own\.yaml:8:15 .*uses: .*"services\.stop"\?/],
    [
      'an unknown node',
      `${STEP}  uses: services.stop\n  on: [centrall]\n`,
      /own\.yaml:9:\d+ .*"centrall"; did you mean "central"\?/,
    ],
    [
      'an unknown parameter',
      `${STEP}  uses: services.stop\n  when: params.quiet\n`,
      /own\.yaml:9:\d+ .*params\.quiet is unknown/,
    ],
    [
      'an unknown root',
      `${STEP}  uses: services.stop\n  when: process.env == "x"\n`,
      /own\.yaml:9:\d+ .*"process" is unknown/,
    ],
    [
      'an unknown place of the site file',
      `${STEP}  uses: services.stop\n  when: site.nmae == "x"\n`,
      /own\.yaml:9:\d+ .*site\.nmae is unknown; did you mean "name"\?/,
    ],
    [
      'an unknown step',
      `${STEP}  uses: services.stop\n  when: steps.two.outputs.x == 1\n`,
      /own\.yaml:9:\d+ .*no step "two"/,
    ],
  ])('%s is named with its place', async (_what, steps, says) => {
    writeOwn(steps);
    await expectRefused(site, ['run', 'own', '--yes'], {
      code: 2,
      says: [says],
      hint: /Correct the runbook/,
    });
  });

  it('steps that need each other are named as a circle', async () => {
    const step = (id: string, other: string): string =>
      `- id: ${id}\n  title: ${id}\n  uses: command.run\n` +
      `  with: { argv: ['\${ steps.${other}.outputs.stdout }'], effect: read }\n`;
    writeOwn(step('one', 'two') + step('two', 'one').trimEnd());
    await expectRefused(site, ['run', 'own', '--yes'], {
      code: 2,
      says: [/own\.yaml:9:\d+ .*cycle: one -> two -> one/],
      hint: /Correct the runbook/,
      json: true,
    });
  });

  it('parameters that need each other are named as a circle', async () => {
    const more =
      "params:\n  a: { type: string, default: '${ params.b }' }\n  b: { type: string, default: '${ params.a }' }\n";
    writeOwn(`${STEP}  uses: services.stop\n`, more);
    await expectRefused(site, ['plan', 'own'], {
      code: 2,
      says: [/own\.yaml:4:\d+ params\.a.*cycle: a -> b -> a/],
      hint: /Correct the runbook/,
    });
  });

  it('does not stand in the way of the other runbooks', async () => {
    writeOwn(`${STEP}  usess: services.stop\n`);
    const list = await site.run(['runbooks']);
    expect(list.code, list.stderr).toBe(0);
    expect(list.stdout).toMatch(
      /^backup .*\n(?:.*\n)+own +cannot be used; see: sense-runbook --site .+? runbooks show own/m,
    );
    await expectRefused(site, ['runbooks', 'show', 'own'], {
      code: 2,
      says: [/did you mean "uses"\?/],
      hint: /Correct/,
    });
  });
});
