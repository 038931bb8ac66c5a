import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, StepError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import type { PowerShell } from '../platform/windows/powershell.ts';
import type { ScheduleOperation, SchedulePlan } from './scheduler.ts';
import { encodeTask } from './task-xml.ts';

const LIMIT_MS = 120_000;

/** What operations are done with. */
export interface PerformCollaborators {
  readonly exec: Exec;
  readonly powershell: PowerShell;
  /** Makes the state folder where the mode of mkdir does not make it private. */
  readonly makeState?: () => Promise<void>;
  /** What to do about an error, where it can be told. */
  readonly hintOf: (error: unknown) => string | undefined;
}

/** Does what a plan says, in its order. @throws StepError that says what was done before */
export async function performPlan(
  plan: SchedulePlan,
  password: string | undefined,
  c: PerformCollaborators,
): Promise<void> {
  const done: string[] = [];
  for (const operation of plan.operations) {
    try {
      await performOne(operation, password, c);
    } catch (error) {
      const hint = c.hintOf(error);
      throw new StepError(`The schedule could not be changed: ${messageOf(error)}`, {
        ...(hint === undefined ? {} : { hint }),
        ...(done.length === 0 ? {} : { changed: done.join('; ') }),
        cause: error,
      });
    }
    done.push(shortText(operation));
  }
}

/** An operation in a few words. */
function shortText(operation: ScheduleOperation): string {
  switch (operation.kind) {
    case 'write':
      return `wrote ${operation.file}`;
    case 'remove':
      return `removed ${operation.file}`;
    case 'command':
      return operation.argv.join(' ');
    case 'script':
      return operation.does;
  }
}

async function performOne(
  operation: ScheduleOperation,
  password: string | undefined,
  { exec, powershell, makeState }: PerformCollaborators,
): Promise<void> {
  switch (operation.kind) {
    case 'write': {
      const { file, text, encoding } = operation;
      await makeState?.();
      await mkdir(dirname(file), { recursive: true });
      // For all to read: there is nothing secret in it, and systemd warns of unit files that others can write.
      await writeFile(file, encoding === 'utf16' ? encodeTask(text) : text, { mode: 0o644 });
      return;
    }
    case 'remove':
      await rm(operation.file, { force: true });
      return;
    case 'command':
      await exec(operation.argv, { timeoutMs: LIMIT_MS });
      return;
    case 'script': {
      const { script, input, withPassword } = operation;
      const full = withPassword && password !== undefined ? { ...input, password } : input;
      await powershell.run(script, full, { timeoutMs: LIMIT_MS });
    }
  }
}
