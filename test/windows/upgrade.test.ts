import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { appendHistory } from '../../src/vault/history.ts';
import { RUNNING } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import { put, type WindowsLab } from './lab/windows-lab.ts';
import type { WindowsSite } from './lab/windows-site.ts';

const SETUP = String.raw`C:\Installation media\May 2025\Qlik_Sense_setup.exe`;
const INSTALL_FOLDER = String.raw`C:\Program Files\Qlik\Sense`;
const SECRET = 'geheim & "ä" %PATH% \\';
const OWNER = { account: 'LAB\\service', sid: 'S-1-5-21-1-2-3-1001' };
const APPROVED = ['--approve', 'destroy=lab'];
const ONE_HOP = { timeout: 600_000 };

describe.skipIf(inject('windowsLab') === undefined)('an upgrade by the bundle in Windows Node.js', () => {
  const opened = useWindowsSite({ 'Apps/an app': 'an app' });
  const setup = (lab: WindowsLab, name: string): string => join(lab.drive, 'lab', 'setup', name);

  /** February 2024 is installed, and media and what Windows tells afterwards are those of May 2025. */
  function stage(lab: WindowsLab): void {
    const told = join(lab.drive, 'lab', 'powershell', 'discover.json');
    mkdirSync(setup(lab, '.'), { recursive: true });
    copyFileSync(told, setup(lab, 'after.json'));
    writeFileSync(
      told,
      readFileSync(told, 'utf8').replace('Qlik Sense May 2025', 'Qlik Sense February 2024'),
    );
    const folder = join(lab.drive, 'Installation media', 'May 2025');
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(lab.drive, 'lab', 'bin', 'setup.exe'), join(folder, 'Qlik_Sense_setup.exe'));
    const about = {
      product: 'Qlik Sense May 2025',
      version: '14.231.3',
      signer: 'QlikTech International AB',
    };
    lab.answer('program-info', { found: true, ...about, sha256: 'a'.repeat(64), bytes: 1 });
  }

  /** A drill needs a PostgreSQL server of Windows, which the laboratory has not: its verdict is written as one writes it. */
  async function prove(site: WindowsSite): Promise<void> {
    const folder = join(site.vault, 'lab', site.sets().at(-1) ?? '');
    const { manifestSha256 } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
      manifestSha256: string;
    };
    await appendHistory(folder, {
      ...{ schemaVersion: 1, kind: 'drill', verdict: 'passed', differences: [], host: 'lab', tool: 'test' },
      ...{ at: new Date().toISOString(), durationMs: 1 },
      manifestSha256,
    });
  }

  // One test: what goes on needs what stopped.
  it(
    'ends at the codes of setup, which Windows has without a sign, and goes on to the new release',
    ONE_HOP,
    async () => {
      const { lab, site } = opened();
      stage(lab);
      lab.answer('secret-protect', { ...OWNER, data: 'c2VhbGVk' });
      lab.answer('secret-unprotect', { ...OWNER, data: Buffer.from(SECRET).toString('base64') });
      const kept = await lab.tool(['--site', String.raw`C:\lab\site.yaml`, 'secret', 'set', 'svc'], {
        input: SECRET,
      });
      expect(kept.code, kept.stderr).toBe(0);
      const backup = await site.run(['backup', '--yes']);
      expect(backup.code, backup.stdout + backup.stderr).toBe(0);
      await prove(site);

      // 4294967282 as Windows has it.
      put(setup(lab, 'exit.txt'), '-14');
      const parameters = [`setup=${SETUP}`, 'to=May 2025', 'acceptEula=true', 'userSecret=svc'];
      const more = [`installFolder=${INSTALL_FOLDER}`];
      const set = [...parameters, ...more].flatMap((parameter) => ['--set', parameter]);
      const failed = await site.run(['run', 'upgrade', ...set, ...APPROVED]);
      expect(failed.code, failed.stdout + failed.stderr).toBe(1);
      expect(failed.stderr.replace(/\s+/g, ' ')).toContain(
        'Qlik_Sense_setup.exe ended with -14 (Database superuser password validation error)',
      );

      // 4294967288.
      put(setup(lab, 'exit.txt'), '-8');
      const stopped = await site.run(['resume', ...APPROVED]);
      expect(stopped.code, stopped.stdout + stopped.stderr).toBe(75);
      expect(stopped.stderr.replace(/\s+/g, ' ')).toContain('must be restarted first');
      expect((await lab.states())['QlikSenseEngineService']).toBe('STOPPED');

      rmSync(setup(lab, 'exit.txt'));
      const done = await site.run(['resume', ...APPROVED]);
      expect(done.code, done.stdout + done.stderr).toBe(0);
      expect(await lab.states()).toEqual(RUNNING);

      const calls = readFileSync(setup(lab, 'calls.txt'), 'utf8').split('\n\n').slice(0, -1);
      expect(calls).toHaveLength(3);
      for (const call of calls) {
        const [silent, log, file = '', ...words] = call.split('\n');
        expect([silent, log]).toEqual(['-silent', '-log']);
        expect(file).toMatch(/^[A-Z]:\\.+\.log$/i);
        expect(words).toEqual([
          ...['accepteula=1', 'skipstartservices=1', `installdir=${INSTALL_FOLDER}`],
          ...[`userpassword=${SECRET}`, 'keepcurrentsettings=1'],
        ]);
      }
      const shown = [failed, stopped, done].map(({ stdout, stderr }) => stdout + stderr).join('');
      expect(shown).not.toContain(SECRET);
      for (const run of readdirSync(join(site.state, 'runs'))) {
        const journal = join(site.state, 'runs', run, 'journal.jsonl');
        if (existsSync(journal)) expect(readFileSync(journal, 'utf8')).not.toContain('geheim');
      }
    },
  );
});
