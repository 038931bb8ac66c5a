import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { performPlan, type PerformCollaborators } from './perform.ts';
import {
  taskName,
  type ScheduledTask,
  type ScheduleOperation,
  type SchedulePlace,
  type Scheduler,
  type ScheduleRequest,
  type TaskKind,
} from './scheduler.ts';
import { serviceUnit, timerUnit } from './systemd-units.ts';
import { taskFacts } from './systemd-show.ts';

const LOOK_MS = 30_000;
const KINDS: readonly TaskKind[] = ['backup', 'recover'];

const PROPERTIES =
  'Id,LoadState,UnitFileState,ActiveState,NextElapseUSecRealtime,Result,ExecMainStatus,ExecMainStartTimestamp,User';

/** What the timers of systemd need. */
export interface SystemdCollaborators extends Omit<PerformCollaborators, 'hintOf'>, SchedulePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly user: string;
  readonly isRoot: boolean;
  /** Default: whether systemd runs this machine. */
  readonly isThere?: () => Promise<boolean>;
}

/** Timers of systemd: of the system for root, else of the user. */
export function createSystemdScheduler(c: SystemdCollaborators): Scheduler {
  const config = c.env['XDG_CONFIG_HOME'] ?? '';
  const folder = c.isRoot
    ? '/etc/systemd/system'
    : posix.join(posix.isAbsolute(config) ? config : posix.join(c.home, '.config'), 'systemd/user');
  const systemctl = (...words: string[]): string[] => [
    'systemctl',
    ...(c.isRoot ? [] : ['--user']),
    ...words,
  ];
  const file = (unit: string): string => posix.join(folder, unit);
  const timers = KINDS.map((kind) => `${taskName(c.site, kind)}.timer`);
  const services = KINDS.map((kind) => `${taskName(c.site, kind)}.service`);
  const command = (...words: string[]): ScheduleOperation => ({ kind: 'command', argv: systemctl(...words) });

  async function needSystemd(): Promise<void> {
    if (await (c.isThere ?? systemdRuns)()) return;
    throw new UsageError('This machine is not run by systemd; nothing can be scheduled here.', {
      hint: 'Let another scheduler run, at night: sense-runbook --site FILE backup --yes; and after boot: sense-runbook --site FILE recover --if-needed',
    });
  }

  async function show(): Promise<ScheduledTask[]> {
    await needSystemd();
    const argv = systemctl('show', `--property=${PROPERTIES}`, ...timers, ...services);
    // Times come in the zone of the one that asks, words in its language.
    const { stdout } = await c.exec(argv, { timeoutMs: LOOK_MS, env: { TZ: 'UTC', LC_ALL: 'C' } });
    return KINDS.map((kind) => taskFacts(kind, taskName(c.site, kind), stdout, c.user));
  }

  return {
    show,
    async planInstall(request) {
      await needSystemd();
      checkRequest(request, c);
      const state = c.env['XDG_STATE_HOME'];
      const other = request.account !== undefined && request.account !== c.user;
      const options = {
        ...c,
        request,
        scope: c.isRoot ? 'system' : 'user',
        // Of another account it says nothing.
        environment: other || state === undefined || state === '' ? {} : { XDG_STATE_HOME: state },
      } as const;
      const write = (unit: string, text: string): ScheduleOperation => ({
        kind: 'write',
        file: file(unit),
        text,
        encoding: 'utf8',
      });
      return {
        operations: [
          ...KINDS.flatMap((kind) => [
            write(`${taskName(c.site, kind)}.service`, serviceUnit(kind, options)),
            write(`${taskName(c.site, kind)}.timer`, timerUnit(kind, options)),
          ]),
          command('daemon-reload'),
          command('enable', ...timers),
          // Not enable --now: a timer that runs already would keep its old time.
          command('restart', ...timers),
        ],
        account: request.account ?? c.user,
        needsPassword: false,
        warnings: [
          ...(c.isRoot
            ? []
            : [
                `timers of a user run only while ${c.user} is logged on, unless an administrator runs: loginctl enable-linger ${c.user}`,
              ]),
          ...(other
            ? [
                `the tasks look for runs and secrets where ${request.account ?? ''} keeps them: store the secrets as that account`,
              ]
            : []),
        ],
      };
    },
    async planRemove() {
      const tasks = (await show()).filter(({ installed }) => installed);
      const units = tasks.flatMap(({ name }) => [`${name}.service`, `${name}.timer`]);
      return {
        operations:
          tasks.length === 0
            ? []
            : [
                command('disable', '--now', ...tasks.map(({ name }) => `${name}.timer`)),
                ...units.map((unit): ScheduleOperation => ({ kind: 'remove', file: file(unit) })),
                command('daemon-reload'),
              ],
        account: tasks[0]?.account ?? c.user,
        needsPassword: false,
        warnings: [],
      };
    },
    perform: (plan) => performPlan(plan, undefined, { ...c, hintOf: () => undefined }),
  };
}

function checkRequest({ account, gmsa }: ScheduleRequest, { isRoot }: SystemdCollaborators): void {
  if (gmsa) throw new UsageError('--gmsa is for Windows');
  if (account === undefined) return;
  if (!isRoot)
    throw new UsageError('Only root can schedule for another account.', {
      hint: 'Run it as that account without --account, or as root.',
    });
  if (!/^[a-z_][a-z0-9_.-]*\$?$/i.test(account)) throw new UsageError(`"${account}" is no name of a user`);
}

/** As sd_booted(3) finds it out. */
async function systemdRuns(): Promise<boolean> {
  try {
    return (await stat('/run/systemd/system')).isDirectory();
  } catch {
    return false;
  }
}
