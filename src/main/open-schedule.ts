import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpenedSchedule } from '../commands/context.ts';
import { UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Redactor } from '../foundation/redaction.ts';
import { createMakePrivate } from '../platform/private-folder.ts';
import type { PowerShell } from '../platform/windows/powershell.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { createSystemdScheduler } from '../schedule/systemd.ts';
import { createTaskScheduler } from '../schedule/task-scheduler.ts';
import { createSecretReader } from '../site/secrets.ts';
import { openSecretStore } from './secret-store.ts';
import type { SitePlace } from './site-file.ts';
import { loadSiteFile, stateFolderOf } from './site-place.ts';

/** What the schedule of a site needs. */
export interface ScheduleSurroundings extends SitePlace {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly powershell: PowerShell;
  readonly redactor: Redactor;
  readonly templates: string;
  readonly program: readonly string[];
}

/** The scheduler of this machine, for one site. @throws UsageError */
export async function openSchedule(around: ScheduleSurroundings): Promise<OpenedSchedule> {
  const { env, platform, clock, exec, powershell, redactor } = around;
  const { site, file } = await loadSiteFile(around);
  const stateFolder = stateFolderOf(site, around);
  const store = openSecretStore(stateFolder, { env, platform, clock, powershell });
  const secrets = createSecretReader({
    env,
    exec,
    redactor,
    platform,
    store,
    prompt: { canAsk: false, ask: () => Promise.reject(new Error('nothing is asked here')) },
    warn: () => undefined,
  });
  const makePrivate = createMakePrivate({ platform, powershell });
  const common = {
    exec,
    powershell,
    site: site.name,
    siteFile: resolve(around.cwd, file),
    stateFolder,
    program: around.program,
  };

  function scheduler(): Scheduler {
    if (platform === 'win32')
      return createTaskScheduler({
        ...common,
        ...(makePrivate === undefined ? {} : { makeState: () => makePrivate(stateFolder) }),
        clock,
        template: (name) => readFile(join(around.templates, name), 'utf8'),
        secrets: () => store.details(),
      });
    if (platform !== 'linux')
      throw new UsageError('Only Task Scheduler of Windows and systemd of Linux are known here.', {
        hint: 'Let your own scheduler run: sense-runbook --site FILE backup --yes',
      });
    const isRoot = process.getuid?.() === 0;
    return createSystemdScheduler({ ...common, env, home: homedir(), user: userInfo().username, isRoot });
  }

  return {
    site: site.name,
    scheduler: scheduler(),
    readSecret: (name) => secrets.read({ secret: name }),
    hide: (text) => {
      redactor.register(text);
    },
  };
}
