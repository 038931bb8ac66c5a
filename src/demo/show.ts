import { appendFile, open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StepError } from '../contract/errors.ts';
import { dumpHasBegun, runsIn } from './moment.ts';
import { waitUntil } from './narrator.ts';
import type { Narrator } from './narrator.ts';
import type { DemoPaths } from './site-paths.ts';
import { DEMO_SHAPE } from './site-shape.ts';

/** The demo's first story: look, plan, back up twice, prove, let the older set go, find damage, be killed, recover. */
export async function showTool(narrator: Narrator, paths: DemoPaths): Promise<void> {
  narrator.say('1. Is everything there that a backup needs? Looks only.');
  await narrator.command(['doctor'], 0);

  narrator.say('2. What would a backup do? Every step with its exact operations; nothing is changed.');
  await narrator.command(['plan', 'backup'], 0);

  narrator.say('3. The backup: services stop on both nodes, databases and files are copied, services start.');
  await narrator.command(['run', 'backup', '--yes'], 0);
  await narrator.command(['backups', 'verify'], 0);

  const changed = await workOneDay(paths);
  narrator.say(
    `4. The second night. ${String(changed)} files of the share are new or changed; the others become links. With quiesce=snapshot the services start as soon as every dump holds its snapshot.`,
  );
  await narrator.command(['run', 'backup', '--set', 'quiesce=snapshot', '--yes'], 0);

  narrator.say(
    '5. The drill: the newest set is restored into a scratch PostgreSQL and compared, row by row counted.',
  );
  await narrator.command(['backups', 'drill'], 0);
  await narrator.command(['backups'], 0);

  narrator.say('6. site.yaml is told to keep the last set only. What goes, and why? Then it goes.');
  await keepTheLastOnly(paths);
  await narrator.command(['backups', 'prune', '--dry-run'], 0);
  await narrator.command(['backups', 'prune', '--yes'], 0);

  const dump = await newestDump(paths);
  narrator.say(`7. One bit of ${path.basename(dump)} is flipped. Is it found? (Exit code 5.)`);
  await flipBit(dump);
  try {
    await narrator.command(['backups', 'verify'], 5);
  } finally {
    await flipBit(dump);
  }
  narrator.say('The bit was put right again. Until that is seen, the set counts as damaged.');
  await narrator.command(['backups', 'verify'], 0);

  narrator.say(
    '8. Another backup. It is killed (kill -9) while the services are down and a database is being dumped.',
  );
  const known = new Set(runsIn(paths.state));
  await narrator.killed(['run', 'backup', '--yes'], (over) =>
    waitUntil(() => dumpHasBegun(paths.state, known), over),
  );
  narrator.say('Killed. The services are still stopped; `recover` starts what was running before.');
  await narrator.command(['recover'], 0);
  narrator.say('The unfinished set is never offered for a restore; the one before is.');
  await narrator.command(['backups'], 0);
}

/** The second story: a restore on the same server, and its way back. */
export async function showWayBack(narrator: Narrator, paths: DemoPaths): Promise<void> {
  await workOneDay(paths);
  narrator.say(
    '9. Somebody wants yesterday back. The set is restored; what the site has now is kept beside it.',
  );
  const approved = ['--approve', `destroy=${DEMO_SHAPE.name}`];
  await narrator.command(['restore', 'latest', ...approved], 0);
  narrator.say('It was the wrong day. `rollback` puts everything back as it was before the restore.');
  await narrator.command(['rollback', ...approved], 0);
}

/** The third story: the server is gone, and its site comes back on another machine with another name. */
export async function showNewMachine(narrator: Narrator, host: string): Promise<void> {
  narrator.say(
    `10. The server is lost: database, share and certificates are gone, the vault is left. Qlik Sense was installed on a new machine, ${host}, and nothing of it was started.`,
  );
  const approved = ['--approve', `destroy=${DEMO_SHAPE.name}`];
  await narrator.command(['restore', 'latest', '--new-host', host, ...approved], 0);
  narrator.say('What ran here so far, and what may be done with it: put it back, or remove what it keeps.');
  await narrator.command(['runs'], 0);
}

/** The last story: an old site, and the long way to a release of today. No site is needed for it. */
export async function showUpgrade(narrator: Narrator): Promise<void> {
  narrator.say(
    '11. Another site, eight nodes, is still at Qlik Sense 3.1 SR1. How does it come to May 2025? (Without --brief: every step of every hop.)',
  );
  const site = ['--first-installed', '3.0', '--persistence', 'synchronized', '--ssl', '--nodes', '8'];
  const postgres = ['--postgres', '9.3', '--postgres-kind', 'bundled', '--service-account', 'local-system'];
  await narrator.command(
    ['upgrade', 'plan', '--from', '3.1 SR1', '--to', 'May 2025', '--brief', ...site, ...postgres],
    0,
  );
}

/** What a day leaves in the share: an app reloaded, an extension edited, a log written. Gives the number of files. */
async function workOneDay({ share }: DemoPaths): Promise<number> {
  const apps = (await readdir(path.join(share, 'Apps'), { withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const files = [
    ...apps.slice(0, 1).map(({ name }) => path.join(share, 'Apps', name)),
    path.join(share, 'StaticContent', 'AppContent', 'README.txt'),
    path.join(share, 'ArchivedLogs', 'qs1', 'Repository', 'QS1_System_today.log'),
  ];
  for (const file of files) await appendFile(file, 'What was written today.\n');
  return files.length;
}

async function keepTheLastOnly({ siteFile }: DemoPaths): Promise<void> {
  const text = await readFile(siteFile, 'utf8');
  await writeFile(siteFile, text.replace(/^vault:$/m, 'vault:\n  retention: { last: 1 }'));
}

async function newestDump(paths: DemoPaths): Promise<string> {
  const vault = path.join(paths.vault, DEMO_SHAPE.name);
  const newest = (await readdir(vault))
    .filter((name) => /^\d{8}T/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) throw new StepError(`There is no backup set in ${vault}.`);
  return path.join(vault, newest, 'databases', 'QSR_backup.tar');
}

async function flipBit(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const byte = Buffer.alloc(1);
    const position = Math.floor(size / 2);
    await handle.read(byte, 0, 1, position);
    await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, position);
  } finally {
    await handle.close();
  }
}
