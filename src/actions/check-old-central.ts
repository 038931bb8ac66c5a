import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { FileOperation, Operation } from '../contract/operation.ts';
import { formatDuration } from '../foundation/human.ts';
import { sameHost } from '../foundation/same-host.ts';
import { joinPath } from '../site/paths.ts';
import { siteOfManifest, type ManifestSite } from '../vault/bound-names.ts';
import { createCheck, type Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { knock, leadsHere, openPorts, REPOSITORY_PORTS } from './old-ports.ts';
import { findOldFolder, type SharedFolder } from './old-share.ts';
import { findRecentWrite, type RecentWrite } from './recent-writes.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Host of the central node that was; empty: the set's. */
  from: z.string().default(''),
  /** A person says that the old site is gone for good: what is found then is a warning. */
  'confirmed-dead': z.boolean().default(false),
  /** The restored site starts no scheduler and uses nothing of the old one, which may go on. */
  rehearsal: z.boolean().default(false),
  /** For one port of the old machine. Milliseconds. */
  'limit-ms': z.int().min(1).default(3000),
  /** A share that somebody wrote to in this time is in use. Milliseconds. */
  'quiet-ms': z
    .int()
    .min(0)
    .default(15 * 60_000),
});

type Input = z.infer<typeof input>;

/** What a central node listens on: the repository, and the proxy. */
const PORTS = [...REPOSITORY_PORTS, 443] as const;

const ONE_SHARE =
  'A share may be used by one site only (manual 2.3, p. 130), and the restored scheduler starts reloading at once.';

/**
 * Whether the site that the set is of is really gone: its central node still answers, the share that the restored site is to
 * use is the old site's, however quiet, or somebody writes to it. Two sites on one share, and two schedulers for the same
 * tasks, damage both.
 */
export function createCheckOldCentral(
  c: Pick<ActionCollaborators, 'site' | 'network' | 'clock'> & PlaceCollaborators,
): Action<Input, null> {
  const { share } = c.site;
  const folders = [
    share.apps ?? joinPath(share.root, 'Apps'),
    share.archivedLogs ?? joinPath(share.root, 'ArchivedLogs'),
  ];
  const scan: FileOperation = { kind: 'file', verb: 'check', path: share.root, effect: 'read', repeat: true };

  async function oldSite(given: Input, context: ReadContext): Promise<ManifestSite> {
    const told: ManifestSite = isPlaceholder(given.set)
      ? { share: [] }
      : siteOfManifest(await setPlace(c, given.copy, context).read(given.set));
    return given.from === '' ? told : { ...told, central: given.from };
  }

  async function lookAtHost(
    host: string,
    given: Input,
    { node, signal }: ReadContext,
    look: Look,
  ): Promise<CheckResult> {
    const id = 'old-central';
    const ok = (message: string): CheckResult => ({ id, status: 'ok', message });
    if (sameHost(host, node.host)) return ok(`The set is of ${host}, the host that it is restored to.`);
    const standIn = node.oldCentralPort;
    if (node.transport === 'simulated' && standIn === undefined)
      return ok(`Whether ${host} still answers is not asked for a simulated node.`);
    if (standIn === undefined && (await leadsHere(c.network, host)))
      return ok(`The name ${host} leads to this machine by now.`);
    const knocking = { ports: PORTS, timeoutMs: given['limit-ms'], signal, standIn };
    const open = (await openPorts(c.network, host, knocking, look)).map(String);
    if (open.length === 0)
      return ok(
        (await c.network.addresses(host)).length === 0
          ? `The old central node ${host} has no address any more.`
          : `The old central node ${host} does not answer on ports ${PORTS.join(', ')}.`,
      );
    if (given.rehearsal) return ok(`The old central node ${host} answers; a rehearsal leaves it alone.`);
    return {
      id,
      status: given['confirmed-dead'] ? 'warning' : 'failed',
      message: `The old central node ${host} still answers on port ${open.join(', ')}.`,
      hint: `${ONE_SHARE} Shut it down, or cut it off the network; when something else answers there, confirm that it is dead.`,
    };
  }

  /** A folder of the share that is the old site's, unless that site was of this very machine. */
  async function oldFolder(old: ManifestSite, { node }: ReadContext): Promise<SharedFolder | undefined> {
    const { central } = old;
    if (central !== undefined && sameHost(central, node.host)) return undefined;
    const found = await findOldFolder(share, old);
    if (found?.server === undefined || central === undefined || !sameHost(found.server, central))
      return found;
    // The share of the old server itself: with its name moved here, it is another one.
    return (await leadsHere(c.network, found.server)) ? undefined : found;
  }

  async function lookAtShare(
    old: ManifestSite,
    given: Input,
    context: ReadContext,
    look: Look,
  ): Promise<CheckResult> {
    // A run that goes on has written to it itself.
    const about = { id: 'old-share', beforehand: true as const };
    const refused = given['confirmed-dead'] ? 'warning' : 'failed';
    const lately = `in the last ${formatDuration(given['quiet-ms'])}`;
    try {
      const one = await oldFolder(old, context);
      const isOld = one?.server !== undefined;
      const recent = await look(scan, (signal) => recentWrite(given, isOld, signal));
      const written = recent === undefined ? '' : `${recent.file}, ${recent.at.toISOString()}`;
      if (isOld)
        return {
          ...about,
          status: refused,
          message: `${one.folder} is of the share of the old site${one.folder === one.original ? '' : ` (${one.original})`}; ${
            written === ''
              ? `nobody was seen to write to it ${lately}`
              : `somebody wrote to it ${lately}: ${written}`
          }.`,
          hint: `${ONE_SHARE} Give this site a share of its own in site.yaml. Where the old site is down for good and this one is to have its share, confirm that it is dead (--old-is-dead).`,
        };
      if (written !== '')
        return {
          ...about,
          // The site of this very machine writes to its own share.
          status: old.central !== undefined && sameHost(old.central, context.node.host) ? 'warning' : refused,
          message: `Somebody wrote to the share ${share.root} ${lately}: ${written}.`,
          hint: `${ONE_SHARE} See that no site uses it: look at the open files of the server that has the share. Was it the Qlik Sense of this machine, stop its services and try again when nobody has written for ${formatDuration(given['quiet-ms'])}; or confirm that no other site uses it (--old-is-dead).`,
        };
      if (one !== undefined)
        return {
          ...about,
          status: 'warning',
          message: `The old site had a share of the same path, ${one.original}, on a disk of its own; nobody wrote to ${one.folder} ${lately}.`,
          hint: `${ONE_SHARE} See that it is not the same disk.`,
        };
      return {
        ...about,
        status: 'ok',
        message: `Nobody wrote to the share ${share.root} lately, as far as its first 5,000 entries tell.`,
      };
    } catch (error) {
      return {
        ...about,
        status: 'warning',
        message: `Whether another site uses the share ${share.root} could not be seen: ${factOf(error)}`,
        hint: ONE_SHARE,
      };
    }
  }

  /** Of the old site's share it is only told besides: that it cannot be read changes nothing. */
  async function recentWrite(
    given: Input,
    isOld: boolean,
    signal: AbortSignal,
  ): Promise<RecentWrite | undefined> {
    const since = new Date(c.clock.now().getTime() - given['quiet-ms']);
    try {
      return await findRecentWrite(folders, since, signal);
    } catch (error) {
      if (!isOld) throw error;
      factOf(error);
      return undefined;
    }
  }

  return createCheck({
    name: 'check.old-central',
    input,
    whilePlanning: true,
    async operations(given, context): Promise<readonly Operation[]> {
      const { central } = await oldSite(given, context);
      return [...(central === undefined ? [] : PORTS.map((port) => knock(central, port))), scan];
    },
    async probe(given, context, look) {
      const old = await oldSite(given, context);
      const { central } = old;
      const host: CheckResult =
        central === undefined
          ? {
              id: 'old-central',
              status: 'warning',
              message:
                'The set does not tell the host of its central node: whether it still answers is not known.',
              hint: `${ONE_SHARE} Name it as "from" of this step.`,
            }
          : await lookAtHost(central, given, context, look);
      return {
        checks: [host, await lookAtShare(old, given, context, look)],
        ...(central === undefined ? {} : { outputs: { oldCentral: central } }),
      };
    },
  });
}
