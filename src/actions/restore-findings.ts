import type { CheckResult } from '../contract/action.ts';
import { sameHost } from '../foundation/same-host.ts';
import { releaseMonth } from './releases.ts';

/** `May 2025 Patch 3` in its parts; patch 0 is the initial release. */
interface Release {
  readonly month: number;
  readonly patch: number;
}

/**
 * Whether the release of the target is that of the set, patch and all (manual 5.7, p. 210; 4.4): a database belongs to
 * the release that wrote it. An older one cannot read it, and a newer one would change it at its first start.
 */
export function judgeRelease(
  ofSet: string | undefined,
  ofTarget: string | undefined,
  here: 'is installed here' | 'would be installed here' = 'is installed here',
): CheckResult {
  const id = 'restore-release';
  if (ofSet === undefined || ofTarget === undefined) {
    const who =
      ofSet === undefined
        ? 'The backup set does not tell its release'
        : 'Which release is installed here is not known';
    return {
      id,
      status: 'warning',
      message: `${who}: whether both are the same was not compared.`,
      hint: 'Look at it yourself: release and patch must be the same. Programs and Features names what is installed; qlik.release in site.yaml tells it to this tool.',
    };
  }
  const [was, is] = [releaseOf(ofSet), releaseOf(ofTarget)];
  if (was === undefined || is === undefined)
    return ofSet.trim().toLowerCase() === ofTarget.trim().toLowerCase()
      ? { id, status: 'ok', message: `Qlik Sense ${ofTarget}, as in the set.` }
      : failed(ofSet, ofTarget, 'another', here);
  const order = is.month - was.month || is.patch - was.patch;
  if (order === 0) return { id, status: 'ok', message: `Qlik Sense ${ofTarget}, as in the set.` };
  return failed(ofSet, ofTarget, order < 0 ? 'an older' : 'a newer', here);
}

function failed(
  ofSet: string,
  ofTarget: string,
  which: 'an older' | 'a newer' | 'another',
  here: string,
): CheckResult {
  const why = {
    'an older': 'An older release cannot read the databases of a newer one.',
    'a newer':
      'A newer release would change the databases at its first start, without the steps of an upgrade.',
    another: 'A database belongs to the release that wrote it.',
  }[which];
  return {
    id: 'restore-release',
    status: 'failed',
    message: `Qlik Sense ${ofTarget} ${here}, ${which} one than that of the set, ${ofSet}. ${why}`,
    hint: `Install ${ofSet}, with the same patch, and restore then; upgrade afterwards (manual 5.7, p. 210).`,
  };
}

function releaseOf(text: string): Release | undefined {
  const month = releaseMonth(text);
  const patch = /\bpatch\s+(\d+)/i.exec(text)?.[1];
  return month === undefined || month === 0 ? undefined : { month, patch: Number(patch ?? 0) };
}

/** Whether the target's PostgreSQL may take the dumps: the same major version, or a newer one where that is wanted. */
export function judgePostgres(
  ofSet: number,
  target: { readonly version: string; readonly major: number },
  allowNewer: boolean,
): CheckResult {
  const id = 'restore-postgres';
  if (target.major === ofSet)
    return { id, status: 'ok', message: `PostgreSQL ${target.version}, the major version of the set.` };
  if (target.major < ofSet)
    return {
      id,
      status: 'failed',
      message: `The server is PostgreSQL ${target.version}; the set was dumped from version ${String(ofSet)}. An older server may refuse what a newer one wrote.`,
      hint: `Use a server of version ${String(ofSet)} (database in site.yaml).`,
    };
  const message = `The server is PostgreSQL ${target.version}; the set was dumped from version ${String(ofSet)}.`;
  return allowNewer
    ? { id, status: 'warning', message: `${message} That is allowed (postgres=allow-newer).` }
    : {
        id,
        status: 'failed',
        message: `${message} A restore brings back what was; it is no upgrade of PostgreSQL.`,
        hint: `Use a server of version ${String(ofSet)}, or, where the release works with the newer one (manual 2.5), --postgres allow-newer.`,
      };
}

/** Whether the set belongs on this machine: the same host name, or another one on purpose. */
export function judgeHost(ofSet: string, ofTarget: string, newHost: string | undefined): CheckResult {
  const id = 'restore-host';
  if (newHost === undefined)
    return sameHost(ofSet, ofTarget)
      ? { id, status: 'ok', message: `The central node is ${ofTarget}, as in the set.` }
      : {
          id,
          status: 'failed',
          message: `The set is of a site whose central node was ${ofSet}; here it is ${ofTarget}. Certificates and databases name the old one.`,
          hint: `To restore to another name: sense-runbook restore --new-host ${ofTarget} (manual 5.7, p. 212).`,
        };
  if (!sameHost(newHost, ofTarget))
    return {
      id,
      status: 'failed',
      message: `--new-host says ${newHost}, but the central node of site.yaml is ${ofTarget}.`,
      hint: 'The site file must describe the new site: its hosts, its database and its share.',
    };
  return sameHost(ofSet, ofTarget)
    ? {
        id,
        status: 'failed',
        message: `The set is of a site with the same host name, ${ofSet}: there is nothing to rename.`,
        hint: 'Restore it without --new-host.',
      }
    : { id, status: 'ok', message: `The central node was ${ofSet} and will be ${ofTarget}.` };
}

/** Whether it is a set of this site at all. */
export function judgeSite(ofSet: string, here: string): CheckResult {
  const id = 'restore-site';
  return ofSet === here
    ? { id, status: 'ok', message: `The set is of the site ${here}.` }
    : {
        id,
        status: 'failed',
        message: `The set is of the site ${ofSet}; this site file describes ${here}.`,
        hint: 'Look whether vault.folder and name in site.yaml are those of the site to restore.',
      };
}

/** Whether Qlik Sense is installed, as it is wanted. */
export function judgeInstalled(
  host: string,
  { bare, wantedBare }: { readonly bare: boolean; readonly wantedBare: boolean },
): CheckResult {
  const id = 'restore-installed';
  if (bare === wantedBare)
    return { id, status: 'ok', message: `Qlik Sense is ${bare ? 'not ' : ''}installed on ${host}.` };
  return bare
    ? {
        id,
        status: 'failed',
        message: `Qlik Sense is not installed on ${host}.`,
        hint: 'Begin with the certificates: sense-runbook restore --bare (manual 5.7 steps 1 to 3, p. 210).',
      }
    : {
        id,
        status: 'failed',
        message: `Qlik Sense is installed on ${host} already.`,
        hint: 'Restore without --bare: its certificates are replaced, and what was there is kept.',
      };
}
