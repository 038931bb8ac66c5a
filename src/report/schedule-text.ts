import { formatLocalTime, wrapText } from '../foundation/human.ts';
import { resultCodeText } from '../schedule/task-results.ts';
import type { ScheduledTask, ScheduleOperation, SchedulePlan } from '../schedule/scheduler.ts';
import { commandLine } from './operation-text.ts';

const WHAT: Readonly<Record<ScheduledTask['kind'], string>> = {
  backup: 'Nightly backup',
  recover: 'Recovery, at boot and every 15 minutes',
};

/** What installing or removing will do, one line an operation; the same as is done. */
export function operationLines({ operations }: SchedulePlan): string[] {
  return operations.map(operationLine);
}

/** Files that will be written, whole. */
export function writtenFiles({ operations }: SchedulePlan): { file: string; text: string }[] {
  return operations.flatMap((operation) =>
    operation.kind === 'write' ? [{ file: operation.file, text: operation.text }] : [],
  );
}

/** A plan for people; with `files` what is written too. */
export function schedulePlanText(plan: SchedulePlan, { files }: { readonly files: boolean }): string {
  const lines = operationLines(plan).flatMap((line) => wrapText(`> ${line}`, 78, '    ').map(indent));
  const texts = files
    ? writtenFiles(plan).flatMap(({ file, text }) => [
        '',
        `${file}:`,
        ...text.trimEnd().split('\n').map(indent),
      ])
    : [];
  return `${[...lines, ...texts].join('\n')}\n`;
}

/** What is scheduled, when it ran last and what came of it. */
export function scheduleText(site: string, tasks: readonly ScheduledTask[]): string {
  if (tasks.every(({ installed }) => !installed))
    return `Nothing is scheduled for the site ${site}. Install it with: sense-runbook schedule install --at 02:00\n`;
  return `Site ${site}\n${tasks.map(taskText).join('')}`;
}

function taskText(task: ScheduledTask): string {
  const { kind, name, installed, account, lastResult, warnings = [] } = task;
  const facts: [string, string][] = installed
    ? [
        ['task', name],
        ['runs as', account ?? 'unknown'],
        ['state', stateOf(task)],
        ['next run', timeText(task.nextRun)],
        ['last run', timeText(task.lastRun)],
        ...(lastResult === undefined ? [] : [['last result', resultText(lastResult)] as [string, string]]),
        ...warnings.map((warning): [string, string] => ['warning', warning]),
      ]
    : [['task', `${name} is not installed`]];
  const lines = facts.flatMap(([title, value]) =>
    wrapText(value, 65).map((line, index) => `  ${(index === 0 ? title : '').padEnd(13)}${line}`),
  );
  return `\n${WHAT[kind]}\n${lines.join('\n')}\n`;
}

function stateOf({ enabled, running }: ScheduledTask): string {
  if (running === true) return 'running now';
  return enabled === true ? 'ready' : 'DISABLED: it will not run';
}

function resultText({ code, meaning, ok }: NonNullable<ScheduledTask['lastResult']>): string {
  const text = code === undefined ? meaning : `${resultCodeText(code)}: ${meaning}`;
  return ok ? text : `FAILED, ${text}`;
}

function timeText(time: string | undefined): string {
  return time === undefined ? '-' : formatLocalTime(time);
}

function operationLine(operation: ScheduleOperation): string {
  switch (operation.kind) {
    case 'write':
      return `write ${operation.file}`;
    case 'remove':
      return `remove ${operation.file}`;
    case 'command':
      return commandLine(operation.argv);
    case 'script': {
      const given = [...Object.keys(operation.input), ...(operation.withPassword ? ['password ***'] : [])];
      return `${operation.does} (powershell.exe -File ${operation.script}.ps1; on its input: ${given.join(', ')})`;
    }
  }
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`;
}
