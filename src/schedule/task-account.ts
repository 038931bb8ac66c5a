import * as z from 'zod';
import { PreflightError, UsageError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { PowerShellError, readAnswer, type PowerShell } from '../platform/windows/powershell.ts';
import type { KeptAccount, KeptSecret } from '../site/secret-store.ts';
import type { ScheduleRequest } from './scheduler.ts';

const LOOK_MS = 60_000;

const account = z.object({ account: z.string(), sid: z.string() });
/** `service`: who runs the Repository Service; absent or null: there is none here, or Windows knows no such account. */
const answer = z.object({ elevated: z.boolean(), task: account, service: account.nullish() });

/** Who runs this with which rights, and who is to run the tasks. */
export type TaskAccounts = z.infer<typeof answer>;

/** SYSTEM, LOCAL SERVICE, NETWORK SERVICE and the accounts of services without a password. */
const BUILT_IN = /^S-1-5-(18|19|20|80-.*|82-.*)$/;

/** Asks Windows for the account of the tasks and the one that runs this. @throws UsageError when there is none */
export async function lookAtAccount(
  powershell: PowerShell,
  { account: name }: Pick<ScheduleRequest, 'account'>,
): Promise<TaskAccounts> {
  const input: JsonObject = name === undefined ? {} : { account: name };
  try {
    const told = await powershell.run('schedule-account', input, { timeoutMs: LOOK_MS });
    return readAnswer(answer, told, 'the account of the tasks cannot be looked up');
  } catch (error) {
    if (!(error instanceof PowerShellError) || !error.type.endsWith('IdentityNotMappedException'))
      throw error;
    throw new UsageError(`There is no account ${name ?? ''}.`, {
      hint: 'Write it as DOMAIN\\name, for a local account as COMPUTER\\name; a gMSA ends in $.',
      cause: error,
    });
  }
}

/** @throws UsageError for a name that cannot be meant */
export function checkAccountWords({ account: name, gmsa }: ScheduleRequest): void {
  if (gmsa && name?.endsWith('$') !== true)
    throw new UsageError('--gmsa wants --account with a name that ends in $, as those of gMSAs do', {
      hint: 'For example: sense-runbook schedule install --at 02:00 --gmsa --account ACME\\svc-qlik$',
    });
  if (!gmsa && name?.endsWith('$') === true)
    throw new UsageError(`${name} looks like a gMSA; nobody knows its password`, {
      hint: 'Give --gmsa too: then none is asked for.',
    });
  // Task Scheduler refuses it in this place, although it is understood elsewhere.
  if (name?.startsWith('.\\') === true)
    throw new UsageError(`Task Scheduler does not take the account ${name}`, {
      hint: 'Write COMPUTER\\name for a local account.',
    });
}

/** @throws UsageError for an account of Windows itself, PreflightError without administrator rights */
export function checkAccount({ elevated, task }: TaskAccounts, { gmsa }: ScheduleRequest): void {
  if (BUILT_IN.test(task.sid))
    throw new UsageError(`The tasks cannot run as ${task.account}.`, {
      hint:
        'It is not the account of the Qlik Sense services: it has no access to shares by UNC paths, and cannot read their client ' +
        'certificate nor secrets that were stored for them. Give --account with the account of the services.',
    });
  if (!elevated)
    throw new PreflightError('Tasks can only be registered with administrator rights.', {
      hint: `Start the console with "Run as administrator"${gmsa ? '' : ', and have the password of the account at hand'}.`,
    });
}

/** That the tasks would not see the client certificate of the site, which is exported every night. */
export function accountWarnings({ task, service }: TaskAccounts): string[] {
  if (service === undefined || service === null || service.sid === task.sid) return [];
  const gmsa = service.account.endsWith('$') ? ' --gmsa' : '';
  const advice = BUILT_IN.test(service.sid)
    ? 'Give the services an account of their own (manual 2.11, p. 159)'
    : `Install them with --account ${service.account}${gmsa}`;
  return [
    `the tasks run as ${task.account}, and the services of Qlik Sense as ${service.account}: the client certificate lies in ` +
      `the store of that account, and no other can export it. ${advice}`,
  ];
}

/** Secrets that the account of the tasks will not be able to read. */
export function secretWarnings(kept: readonly KeptSecret[], task: KeptAccount): string[] {
  return kept.flatMap(({ name, readableBy }) =>
    readableBy === undefined || readableBy.sid === task.sid
      ? []
      : [
          `the secret ${name} is kept for ${readableBy.account}, and the tasks run as ${task.account}: ` +
            `store it again with sense-runbook secret set ${name} --for ${task.account}`,
        ],
  );
}
