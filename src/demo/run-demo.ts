import path from 'node:path';
import { remove } from 'fs-extra/esm';
import { UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { buildDemoSite } from './build-site.ts';
import { createNarrator } from './narrator.ts';
import type { Narrator } from './narrator.ts';
import { buildNewMachine, NEW_SHAPE } from './new-machine.ts';
import { showNewMachine, showTool, showUpgrade, showWayBack } from './show.ts';
import type { DemoSite } from './start-machine.ts';
import { startDemoSite, stopDemoSite } from './stop-site.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What `demo` was asked to do. */
export interface DemoOptions {
  /** Folder of the site; a temporary one by default, which is removed in the end. */
  readonly dir?: string;
  /** Build the site, or start the one that is there, and leave it running. */
  readonly setupOnly: boolean;
  /** End the processes of the site in `dir`. */
  readonly stop: boolean;
  readonly exec: Exec;
  /** How this tool is started: node and the bundle. */
  readonly program: readonly string[];
  readonly print: (line: string) => void;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

/**
 * Builds a simulated site, shows the tool at work on it, and removes it again, also when it was interrupted.
 * @throws UsageError for options that do not fit, StepError when a command does not end as it should, the signal's reason.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  if (options.setupOnly && options.stop) throw new UsageError('--setup-only and --stop exclude each other.');
  if (options.dir === undefined && (options.setupOnly || options.stop))
    throw new UsageError(`${options.stop ? '--stop' : '--setup-only'} needs --dir DIR.`);
  if (options.stop) return stop(options.dir ?? '', options);
  if (options.setupOnly) return setUp(options.dir ?? '', options);
  await show(options);
}

async function stop(dir: string, options: DemoOptions): Promise<void> {
  const stopped = await stopDemoSite(dir, options.exec);
  options.print(
    stopped
      ? `The database of the demo site in ${dir} was stopped. Its files are still there; delete the folder to be rid of them.`
      : `No process of the demo site in ${dir} is running.`,
  );
}

async function setUp(dir: string, options: DemoOptions): Promise<void> {
  const started = await startDemoSite(dir, options.exec);
  if (!started) {
    options.print('Building the demo site ...');
    await buildDemoSite({ dir, exec: options.exec, signal: options.signal });
  }
  const site = path.resolve(dir, 'site.yaml');
  options.print(
    [
      `The demo site in ${path.resolve(dir)} is running. README.txt there says how to make its services slow or fail. Try:`,
      '',
      ...['doctor', 'plan backup', 'backup --yes', 'backups'].map(
        (words) => `  sense-runbook --site '${site}' ${words}`,
      ),
      '',
      `End it with:`,
      '',
      `  sense-runbook demo --dir '${path.resolve(dir)}' --stop`,
    ].join('\n'),
  );
}

async function show(options: DemoOptions): Promise<void> {
  const temporary = options.dir === undefined ? await temporaryFolder('sense-demo-') : undefined;
  try {
    options.print(
      'Building a small Qlik Sense site. Its database, files and certificates are real; its services are simulated.',
    );
    const site = await buildDemoSite({
      dir: options.dir ?? temporary ?? '',
      exec: options.exec,
      signal: options.signal,
    });
    try {
      const narrator = createNarrator({ ...options, siteFile: site.paths.siteFile });
      await showTool(narrator, site.paths);
      await showWayBackAndNewMachine(narrator, site, options);
    } finally {
      await site.remove();
    }
    await showUpgrade(createNarrator(options));
    options.print(
      '\nThe demo site was removed. Keep one to play with: sense-runbook demo --dir DIR --setup-only',
    );
  } finally {
    if (temporary !== undefined) await remove(temporary);
  }
}

/** The new machine is made while the way back is shown, which mostly waits for services to stop and start. */
async function showWayBackAndNewMachine(
  narrator: Narrator,
  site: DemoSite,
  options: DemoOptions,
): Promise<void> {
  const dir = await temporaryFolder('sense-demo-new-');
  const [shown, built] = await Promise.allSettled([
    showWayBack(narrator, site.paths),
    buildNewMachine({ ...options, dir, lost: site.paths }),
  ]);
  try {
    if (shown.status === 'rejected') throw shown.reason;
    if (built.status === 'rejected') throw built.reason;
    await loseAndRestore(site, built.value, options);
  } finally {
    try {
      if (built.status === 'fulfilled') await built.value.remove();
    } finally {
      await remove(dir);
    }
  }
}

/** Of the lost site the vault is left, and what somebody knew by heart. */
async function loseAndRestore(lost: DemoSite, machine: DemoSite, options: DemoOptions): Promise<void> {
  await lost.cluster.remove(['immediate']);
  await remove(lost.paths.share);
  const narrator = createNarrator({ ...options, siteFile: machine.paths.siteFile });
  await showNewMachine(narrator, NEW_SHAPE.nodes[0]?.host ?? '');
}
