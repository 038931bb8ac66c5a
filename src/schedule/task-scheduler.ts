import { win32 } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../foundation/clock.ts';
import { windowsCommandLine } from '../platform/windows/command-line.ts';
import { PowerShellError, readAnswer } from '../platform/windows/powershell.ts';
import type { KeptSecret } from '../site/secret-store.ts';
import { performPlan, type PerformCollaborators } from './perform.ts';
import {
  RECOVER_LIMIT_MS,
  taskName,
  taskWords,
  type ScheduledTask,
  type ScheduleOperation,
  type SchedulePlace,
  type SchedulePlan,
  type Scheduler,
  type ScheduleRequest,
  type TaskKind,
} from './scheduler.ts';
import {
  accountWarnings,
  checkAccount,
  checkAccountWords,
  lookAtAccount,
  secretWarnings,
} from './task-account.ts';
import { checkTaskPath, fillTask, xmlDuration } from './task-xml.ts';
import { taskResult } from './task-results.ts';
import { nextLocal, nextQuarter } from './time-of-day.ts';

const LOOK_MS = 60_000;
const KINDS: readonly TaskKind[] = ['backup', 'recover'];

const showAnswer = z.object({
  tasks: z.array(
    z.object({
      name: z.string(),
      state: z.number(),
      account: z.string().nullable(),
      logonType: z.string(),
      nextRun: z.string().nullable(),
      lastRun: z.string().nullable(),
      lastResult: z.number(),
    }),
  ),
});

/** What is told about the codes with which Windows refuses a task. */
const REFUSALS: Readonly<Record<string, string>> = {
  '0x8007052e':
    'The password is wrong, or the gMSA is not installed on this server (Install-ADServiceAccount, Test-ADServiceAccount).',
  '0x80070569':
    'Give the account the right "Log on as a batch job" (secpol.msc, Local Policies, User Rights Assignment).',
  '0x80070534': 'There is no such account. Write it as DOMAIN\\name.',
  '0x80070005': 'Start the console with "Run as administrator".',
};

/** What the tasks of Windows need. */
export interface TaskSchedulerCollaborators extends Omit<PerformCollaborators, 'hintOf'>, SchedulePlace {
  readonly clock: Clock;
  /** Gives the text of a template. */
  readonly template: (name: string) => Promise<string>;
  readonly secrets: () => Promise<readonly KeptSecret[]>;
}

/**
 * Tasks of the Task Scheduler of Windows, by the cmdlets of its module. A logon with a password (or as a gMSA) is what
 * reaches UNC paths (Microsoft: "LogonType"); the password goes to a script on stdin and is kept by Windows alone.
 */
export function createTaskScheduler(c: TaskSchedulerCollaborators): Scheduler {
  const fileOf = (kind: TaskKind): string =>
    win32.join(c.stateFolder, 'schedule', `${taskName(c.site, kind)}.xml`);

  async function xmlOf(kind: TaskKind, request: ScheduleRequest, user: string): Promise<string> {
    const [node = '', ...tool] = c.program;
    const folder = win32.dirname(c.siteFile);
    for (const path of [...c.program, c.siteFile]) checkTaskPath(path);
    const backup = kind === 'backup';
    const now = c.clock.now();
    return fillTask(await c.template(`task-${kind}.xml`), {
      site: c.site,
      account: user,
      start: backup ? nextLocal(now, request.at) : nextQuarter(now),
      limit: xmlDuration(backup ? request.timeLimitMs : RECOVER_LIMIT_MS),
      command: node,
      arguments: windowsCommandLine([...tool, ...taskWords(kind, c.siteFile)]),
      folder,
    });
  }

  async function show(): Promise<ScheduledTask[]> {
    const input = { names: KINDS.map((kind) => taskName(c.site, kind)) };
    const { tasks } = readAnswer(
      showAnswer,
      await c.powershell.run('schedule-show', input, { timeoutMs: LOOK_MS }),
      'the tasks cannot be read',
    );
    return KINDS.map((kind) => {
      const name = taskName(c.site, kind);
      const found = tasks.find((task) => task.name === name);
      return found === undefined ? { kind, name, installed: false } : taskFacts(kind, found);
    });
  }

  return {
    show,
    async planInstall(request) {
      checkAccountWords(request);
      const who = await lookAtAccount(c.powershell, request);
      checkAccount(who, request);
      const operations: ScheduleOperation[] = [];
      for (const kind of KINDS) {
        const name = taskName(c.site, kind);
        const xml = await xmlOf(kind, request, who.task.account);
        operations.push(
          { kind: 'write', file: fileOf(kind), text: xml, encoding: 'utf16' },
          {
            kind: 'script',
            script: 'schedule-install',
            input: { name, xml, ...(request.gmsa ? {} : { account: who.task.account }) },
            does: `register the task ${name} for ${who.task.account}`,
            withPassword: !request.gmsa,
          },
        );
      }
      return {
        operations,
        account: who.task.account,
        needsPassword: !request.gmsa,
        warnings: [...accountWarnings(who), ...secretWarnings(await c.secrets(), who.task)],
      };
    },
    async planRemove() {
      const tasks = (await show()).filter(({ installed }) => installed);
      return {
        operations: tasks.flatMap(({ kind, name }): ScheduleOperation[] => [
          {
            kind: 'script',
            script: 'schedule-remove',
            input: { name },
            does: `remove the task ${name}`,
            withPassword: false,
          },
          { kind: 'remove', file: fileOf(kind) },
        ]),
        account: tasks[0]?.account ?? '',
        needsPassword: false,
        warnings: [],
      };
    },
    perform: (plan: SchedulePlan, password) => performPlan(plan, password, { ...c, hintOf }),
  };
}

function hintOf(error: unknown): string | undefined {
  if (!(error instanceof PowerShellError)) return undefined;
  return REFUSALS[error.hresult?.toLowerCase() ?? ''];
}

function taskFacts(kind: TaskKind, found: z.infer<typeof showAnswer>['tasks'][number]): ScheduledTask {
  return {
    kind,
    name: found.name,
    installed: true,
    // TASK_STATE: 1 disabled, 2 queued, 3 ready, 4 running.
    enabled: found.state !== 1,
    running: found.state === 4,
    ...(found.account === null ? {} : { account: found.account }),
    ...(found.nextRun === null ? {} : { nextRun: found.nextRun }),
    ...(found.lastRun === null ? {} : { lastRun: found.lastRun }),
    lastResult: taskResult(found.lastResult),
    warnings:
      found.logonType === 'Password'
        ? []
        : [`it logs on as "${found.logonType}" and not with a password: it cannot reach UNC paths`],
  };
}
