import type { CheckResult } from '../contract/action.ts';
import { sameHost } from '../foundation/same-host.ts';
import type { SetRootAdmins } from './set-root-admins.ts';

/** So many are named; a site has few. */
const NAMED = 8;

/** Who runs the restore, and where. */
export interface RestoreAccount {
  /** `DOMAIN\user`, as Windows tells; undefined where no Windows was asked. */
  readonly runner: string | undefined;
  /** Host of the central node when the set was made. */
  readonly centralHost: string;
  /** Name that the central node gets; undefined: the one it had. */
  readonly newHost: string | undefined;
}

/**
 * Whether the account that runs this had the role Root Admin when the site was backed up, as the manual wants it (5.7, p. 210).
 * With another one the restore works too, but who then opens the QMC may have no rights there, so it is a warning.
 */
export function judgeAccount(admins: SetRootAdmins, account: RestoreAccount): CheckResult {
  const id = 'restore-account';
  const { runner } = account;
  if ('unknown' in admins) {
    const message = `Who was Root Admin when the set was made is not known: ${admins.unknown}.`;
    return runner === undefined
      ? { id, status: 'ok', message }
      : { id, status: 'warning', message: `${message} This runs as ${runner}.`, hint: LOG_ON };
  }
  const { names } = admins;
  const who = `Root Admin when the set was made: ${namesText(names)}.`;
  if (runner === undefined)
    return { id, status: 'ok', message: `${who} Which account runs this was not compared: no Windows.` };
  const found = names.find((name) => name.toLowerCase() === runner.toLowerCase());
  if (found === undefined)
    return {
      id,
      status: 'warning',
      message: `${runner}, which runs this, was not among them. ${who}`,
      hint: LOG_ON,
    };
  const local = sameHost(found.split('\\')[0] ?? '', account.centralHost);
  if (local && account.newHost !== undefined)
    return {
      id,
      status: 'warning',
      message: `${found} was an account of the old machine: on ${account.newHost} it is another one, without its rights. ${who}`,
      hint: LOG_ON,
    };
  return { id, status: 'ok', message: `${found}, which runs this, was Root Admin when the set was made.` };
}

const LOG_ON =
  'Log on as an account of a domain that was Root Admin then, and restore as that one (manual 5.7, p. 210). Otherwise have somebody ready who was: only they get into the whole QMC afterwards.';

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'nobody';
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
