import type { CheckResult, ReadContext } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import { sameHost } from '../foundation/same-host.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { readSetConfig, type SetConfig } from './config-files.ts';
import { factOf } from './failure.ts';
import { ASK_INSTALLED, askInstalled } from './installed-release.ts';
import { judgeRelease } from './restore-findings.ts';
import type { SetPlace } from './set-place.ts';

/** Why files are not put in place, and what to do instead. */
export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

const SHOW =
  '`--config show`, which is what a restore does without --config, tells how they differ and changes none: take over by hand what you want.';

/**
 * Why a set's files cannot be put in place as they are; undefined: same host, same release. `installed` is what the node has,
 * with its patch; where that or the set's is not known, it is not compared.
 */
export function notTheSame(
  { host, release }: Pick<SetConfig, 'host' | 'release'>,
  node: Pick<ReadableNode, 'name' | 'host'>,
  installed: string | undefined,
): Refusal | undefined {
  if (host === undefined)
    return { message: `The set has no configuration files of a node ${node.name}.`, hint: SHOW };
  if (!sameHost(host, node.host))
    return {
      message: `The configuration files of the set are those of ${host}, and this is ${node.host}.`,
      hint: SHOW,
    };
  if (release === undefined || installed === undefined) return undefined;
  return judgeRelease(release, installed).status === 'ok'
    ? undefined
    : {
        message: `The configuration files of the set are those of ${release}, and ${node.host} has ${installed}.`,
        hint: `${SHOW} Or install ${release} there first, with the same patch.`,
      };
}

/**
 * The release of a node with its patch, as a backup records it: what Windows tells, and what the site file says, often
 * without the patch, only where Windows cannot be asked or does not know. @throws ExpectedError when it does not answer
 */
export async function releaseHere(
  { site }: Pick<ActionCollaborators, 'site'>,
  node: Pick<ReadableNode, 'discover'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await askInstalled(node, signal))?.release ?? site.qlik.release;
}

/**
 * Whether the files of the set fit every node, so that this is met before a plan is made. `ask` gives the release of a node.
 */
export async function judgeSame(
  c: Pick<ActionCollaborators, 'site'>,
  place: Pick<SetPlace, 'read'>,
  set: string,
  { nodes, signal }: Pick<ReadContext, 'nodes' | 'signal'>,
  ask: (node: ReadableNode) => Promise<string | undefined>,
): Promise<CheckResult[]> {
  const id = 'restore-config-same';
  const checks: CheckResult[] = [];
  for (const node of nodes) {
    const refused = await refusalOf(node);
    if (refused !== undefined) checks.push({ id, node: node.name, status: 'failed', ...refused });
  }
  return checks.length > 0
    ? checks
    : [{ id, status: 'ok', message: 'The configuration files of the set are of these nodes and releases.' }];

  async function refusalOf(node: ReadableNode): Promise<Refusal | undefined> {
    const config = await readSetConfig(place, set, c.site, node);
    try {
      return notTheSame(config, node, await ask(node));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ExpectedError)) throw error;
      return {
        message: `${node.host} does not say which release is installed, so that its configuration files are not put in place: ${factOf(error)}`,
        hint: error.hint ?? SHOW,
      };
    }
  }
}

/** The looks of {@link judgeSame} at nodes that can be asked: one operation, for each of them. */
export const ASK_EACH = { ...ASK_INSTALLED, repeat: true } as const;
