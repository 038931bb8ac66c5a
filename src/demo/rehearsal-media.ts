import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { INSTALLER_CALLS, type InstallerCall } from '../installers/calls.ts';

/** What is to be run, as far as its media depends on it. */
export interface MediaRequest {
  readonly mode: InstallerCall['mode'];
  /** What is installed afterwards; empty: nothing else than before. */
  readonly to: string;
}

/**
 * Puts a media file into the folder of a simulated node that says it is what a step wants, and gives its path: its name is
 * that of the vendor, for which the node has a stand-in. `release`: what the site has, with its patch.
 */
export function stageMedia(folder: string, { mode, to }: MediaRequest, release: string): string {
  const program = INSTALLER_CALLS.find((call) => call.mode === mode)?.program ?? 'Qlik_Sense_setup.exe';
  const product = productOf(mode, to === '' ? release : to, release);
  const file = path.join(folder, 'media', product, program);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ product, version: '1.0', signer: 'Qlik (simulated)' })}\n`);
  return file;
}

function productOf(mode: MediaRequest['mode'], wanted: string, release: string): string {
  if (mode.startsWith('postgres-')) return 'Qlik PostgreSQL Installer 14.17';
  const [, base = wanted, patch] = /^(.+) (Patch \d+)$/i.exec(wanted) ?? [];
  if (mode === 'patch') return `Qlik Sense ${base} ${patch ?? 'Patch 1'}`;
  if (mode === 'uninstall-patch')
    return `Qlik Sense ${base} ${/Patch \d+$/i.exec(release)?.[0] ?? 'Patch 1'}`;
  return `Qlik Sense ${base}`;
}
