import type { CheckResult } from '../contract/action.ts';
import { isThisMachine, sameHost } from '../foundation/same-host.ts';

/** What of a set is restored. */
export interface RestorePart {
  readonly only: 'all' | 'databases' | 'share' | 'certificates' | 'config';
  /** One database alone; empty: every one. */
  readonly database: string;
}

/** What a restore of a part means; nothing for the whole of a set. */
export function judgePart({ only, database }: RestorePart): CheckResult[] {
  const id = 'restore-partial';
  if (database !== '' && only !== 'databases')
    return [
      {
        id,
        status: 'failed',
        message: `The database ${database} alone is wanted together with ${only === 'all' ? 'the rest of the set' : only}.`,
        hint: 'One database goes with --only databases.',
      },
    ];
  if (only === 'all') return [];
  return [
    {
      id,
      status: 'warning',
      message: `Only ${database === '' ? only : `the database ${database}`} will be restored: apps and what the databases tell of them may no longer match.`,
      hint: 'Restore all of the set unless you know that the rest is as it was then.',
    },
  ];
}

/** What a rehearsal could reach. */
export interface RehearsalSite {
  readonly nodes: readonly { readonly host: string; readonly role: string }[];
  readonly database: { readonly host: string };
  readonly share: { readonly root: string };
}

/**
 * Whether nothing outside the central node is reached: services of another node would be stopped, databases of another server
 * replaced, and files of a share elsewhere.
 */
export function judgeRehearsal({ nodes, database, share }: RehearsalSite): CheckResult {
  const id = 'restore-rehearsal';
  const central = nodes.find(({ role }) => role === 'central')?.host ?? '';
  const isElsewhere = (host: string): boolean => !isThisMachine(host) && !sameHost(host, central);
  const server = /^[\\/]{2}([^\\/?.][^\\/]*)/.exec(share.root)?.[1];
  const outside = [
    ...(isElsewhere(database.host) ? [`the database on ${database.host}`] : []),
    ...(server !== undefined && isElsewhere(server) ? [`the share ${share.root}`] : []),
  ];
  if (outside.length > 0)
    return {
      id,
      status: 'failed',
      message: `A rehearsal reaches nothing outside ${central}, and the site file names ${outside.join(' and ')}: what is there would be replaced.`,
      hint: 'Rehearse with a site file of its own: a database server and a share of this machine (--site FILE).',
    };
  const rims = nodes.filter(({ role }) => role === 'rim').map(({ host }) => host);
  return rims.length === 0
    ? { id, status: 'ok', message: 'The site file has this machine alone, as a rehearsal needs it.' }
    : {
        id,
        status: 'failed',
        message: `A rehearsal reaches nothing outside this machine, and the site file has rim nodes: ${rims.join(', ')}. Their services would be stopped.`,
        hint: 'Rehearse with a site file of its own that has the central node alone (--site FILE).',
      };
}
