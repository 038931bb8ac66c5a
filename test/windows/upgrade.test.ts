import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import {
  endWith,
  hasAfterwards,
  installerCalls,
  keepSecret,
  offerInstaller,
  prove,
} from './lab/installers.ts';
import { RUNNING } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import { answerFacts } from './lab/windows-facts.ts';

const INSTALL_FOLDER = String.raw`C:\Program Files\Qlik\Sense`;
const SECRET = 'geheim & "ä" %PATH% \\';
const APPROVED = ['--approve', 'destroy=lab'];

describe.skipIf(inject('windowsLab') === undefined)('an upgrade by the bundle in Windows Node.js', () => {
  const opened = useWindowsSite({ 'Apps/an app': 'an app' });

  // One test: what goes on needs what stopped.
  it('ends at the codes of setup, which Windows has without a sign, and goes on to the new release', async () => {
    const { lab, site } = opened();
    answerFacts(lab, { installed: ['Qlik Sense February 2024'] });
    hasAfterwards(lab, { installed: ['Qlik Sense May 2025'] });
    const setup = offerInstaller(lab, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
    await keepSecret(lab, 'svc', SECRET);
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    await prove(site);

    // 4294967282 as Windows has it.
    endWith(lab, -14);
    const parameters = [`setup=${setup}`, 'to=May 2025', 'acceptEula=true', 'userSecret=svc'];
    const more = [`installFolder=${INSTALL_FOLDER}`];
    const set = [...parameters, ...more].flatMap((parameter) => ['--set', parameter]);
    const failed = await site.run(['run', 'upgrade', ...set, ...APPROVED]);
    expect(failed.code, failed.stdout + failed.stderr).toBe(1);
    expect(failed.stderr.replace(/\s+/g, ' ')).toContain(
      'Qlik_Sense_setup.exe ended with -14 (Database superuser password validation error)',
    );

    // 4294967288.
    endWith(lab, -8);
    const stopped = await site.run(['resume', ...APPROVED]);
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(75);
    expect(stopped.stderr.replace(/\s+/g, ' ')).toContain('must be restarted first');
    expect((await lab.states())['QlikSenseEngineService']).toBe('STOPPED');

    endWith(lab, 0);
    const done = await site.run(['resume', ...APPROVED]);
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expect(await lab.states()).toEqual(RUNNING);

    const calls = installerCalls(lab);
    expect(calls.map(({ program }) => program)).toEqual(Array(3).fill('Qlik_Sense_setup.exe'));
    for (const call of calls) {
      const [silent, log, file = '', ...words] = call.words;
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
  });
});
