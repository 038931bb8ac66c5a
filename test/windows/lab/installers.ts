import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendHistory } from '../../../src/vault/history.ts';
import { discovered, type WindowsHas } from './windows-facts.ts';
import { put, type WindowsLab } from './windows-lab.ts';
import type { WindowsSite } from './windows-site.ts';

/** Where an installer writes its log. */
export const LOG_FILE = /^[A-Z]:\\.+\.log$/i;

/** One call of an installer, as it got it. */
export interface InstallerCall {
  readonly program: string;
  readonly words: readonly string[];
}

/** Puts an installer of the vendor on the machine, which says that it is of a product; gives its Windows path. */
export function offerInstaller(lab: WindowsLab, program: string, product: string): string {
  const folder = join(lab.drive, 'Installation media', product);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(lab.drive, 'lab', 'bin', 'installer.exe'), join(folder, program));
  const about = { product, version: '14.231.3', signer: 'QlikTech International AB' };
  lab.answer('program-info', { found: true, ...about, sha256: 'a'.repeat(64), bytes: 1 });
  return `C:\\Installation media\\${product}\\${program}`;
}

/** What Windows has once an installer is done. */
export function hasAfterwards(lab: WindowsLab, has: WindowsHas): void {
  put(inSetup(lab, 'after.json'), JSON.stringify({ ok: true, value: discovered(has) }));
}

/** With which exit code the installers end from now on, as the manual writes it, and what stands in their log then. */
export function endWith(lab: WindowsLab, code: number, log = ''): void {
  if (code === 0) rmSync(inSetup(lab, 'exit.txt'), { force: true });
  else put(inSetup(lab, 'exit.txt'), `${String(code)} ${log}`);
}

/** Keeps a password as a secret of the site (`secret set`), which the stand-in for PowerShell gives back ever after. */
export async function keepSecret(lab: WindowsLab, name: string, password: string): Promise<void> {
  const owner = { account: 'LAB\\service', sid: 'S-1-5-21-1-2-3-1001' };
  lab.answer('secret-protect', { ...owner, data: 'c2VhbGVk' });
  lab.answer('secret-unprotect', { ...owner, data: Buffer.from(password).toString('base64') });
  const site = String.raw`C:\lab\site.yaml`;
  const kept = await lab.tool(['--site', site, 'secret', 'set', name], { input: password });
  if (kept.code !== 0) throw new Error(`the secret was not kept: ${kept.stderr}`);
}

/** The calls since the last time it was asked, in order. */
export function installerCalls(lab: WindowsLab): InstallerCall[] {
  const file = inSetup(lab, 'calls.txt');
  const calls = (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n\n').slice(0, -1);
  writeFileSync(file, '');
  return calls.map((call) => {
    const [program = '', ...words] = call.split('\n');
    return { program, words };
  });
}

/**
 * Has the newest backup set proven. A drill needs a PostgreSQL server of Windows, which the laboratory has not: its verdict is
 * written as one writes it.
 */
export async function prove(site: WindowsSite): Promise<void> {
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

function inSetup(lab: WindowsLab, name: string): string {
  return join(lab.drive, 'lab', 'setup', name);
}
