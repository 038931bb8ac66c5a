import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { ProgramInfo, ReadableNode } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { WindowsFindings } from '../discovery/windows.ts';
import { INSTALLER_CALLS } from '../installers/calls.ts';
import { judgeMedia, patchOfProduct } from '../installers/media.ts';
import { createCheck, type Look } from './check-action.ts';
import { factOf } from './failure.ts';
import { conditionsOf } from './installer-conditions.ts';
import { ASK_INSTALLED, askInstalled, sameRelease } from './installed-release.ts';
import { callOf } from './installer-input.ts';
import { releaseMonth } from './releases.ts';

const input = z.strictObject({
  mode: z.enum(INSTALLER_CALLS.map(({ mode }) => mode)),
  /** The program as the node sees it, a whole path. */
  file: z.string().min(1),
  /** SHA-256 of it, where it is known. */
  sha256: z.string().default(''),
  /** What must be installed now; empty: whatever is. */
  from: z.string().default(''),
  /** What it installs; empty: nothing else than what is there, or another product. */
  to: z.string().default(''),
  /** That the licence of the vendor was accepted, where the mode asks for it. */
  accepted: z.boolean().default(true),
  /** What the runbook must have been given besides, by the names of its parameters. */
  needed: z.record(z.string(), z.string()).default({}),
});

type Input = z.infer<typeof input>;

const SYSTEM = 'S-1-5-18';
const MEDIA = 'installer-media';

/**
 * Whether an installer can be run on a node: the program is there and is what it is said to be (product, version, hash), what
 * is installed fits, Windows waits for no restart, this does not run as SYSTEM, and the licence was accepted.
 */
export function createCheckInstaller(): Action<Input, null> {
  const lookAt = ({ file }: Input): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: file,
    effect: 'read',
  });

  async function media(
    given: Input,
    { node, signal }: ReadContext,
    look: Look,
  ): Promise<{ checks: CheckResult[]; seen?: ProgramInfo }> {
    const id = MEDIA;
    const { programInfo } = node;
    if (programInfo === undefined)
      return {
        checks: [
          {
            id,
            status: 'warning',
            message: `Whether ${given.file} is there on ${node.host}, and what it is, cannot be looked at.`,
            hint: 'Look at its properties on that server: product, version and signature.',
          },
        ],
      };
    const found = await look(lookAt(given), () => programInfo(given.file, signal));
    if (found === undefined)
      return {
        checks: [
          {
            id,
            status: 'failed',
            message: `There is no file ${given.file} on ${node.host}.`,
            hint: 'Put it there: every node needs it, at the same path (manual 3.4, p. 169).',
          },
        ],
      };
    const patch = patchOf(given.to);
    const { problems, notes } = judgeMedia(found, {
      program: callOf(given.mode).program,
      ...(given.to === '' ? {} : { release: given.to.replace(/ Patch \d+$/i, '') }),
      ...(patch === 0 ? {} : { patch }),
      ...(given.sha256 === '' ? {} : { sha256: given.sha256 }),
    });
    return {
      seen: found,
      checks: [
        ...problems.map((message): CheckResult => ({
          id,
          status: 'failed',
          message: `${node.host}: ${message}`,
          hint: 'Download it again, and give the one that belongs to this step.',
        })),
        ...notes.map((message): CheckResult => ({ id, status: 'ok', message: `${node.host}: ${message}` })),
      ],
    };
  }

  return createCheck({
    name: 'check.installer',
    input,
    whilePlanning: true,
    operations: (given, { node }) => [
      ...(node.programInfo === undefined ? [] : [lookAt(given)]),
      ...(node.discover === undefined ? [] : [ASK_INSTALLED]),
    ],
    async probe(given, context, look) {
      const { node, signal } = context;
      const checks: CheckResult[] = [...licence(given), ...missing(given)];
      try {
        const { checks: ofMedia, seen } = await media(given, context, look);
        checks.push(...ofMedia);
        const found =
          node.discover === undefined
            ? undefined
            : await look(ASK_INSTALLED, () => askInstalled(node, signal));
        checks.push(...(found === undefined ? [notAsked(node)] : judgeInstalled(given, found, node)));
        checks.push(...otherPatch(given, seen?.product, found?.release, node));
        return {
          checks: checks.map((check) => ({ ...check, node: node.name })),
          ...(found?.release === undefined ? {} : { observed: { release: found.release } }),
          outputs: { release: found?.release ?? null },
        };
      } catch (error) {
        signal.throwIfAborted();
        const message = `${node.host} could not be asked: ${factOf(error)}`;
        return { checks: [...checks, { id: 'installer', status: 'failed', message, node: node.name }] };
      }
    },
  });
}

function licence({ mode, accepted }: Input): CheckResult[] {
  if (accepted) return [];
  const { program } = callOf(mode);
  return [
    {
      id: 'installer-licence',
      status: 'failed',
      message: `${program} runs only for who has accepted the licence of Qlik.`,
      hint: 'Read it; when you accept it, say so: the parameter of this runbook that begins with "accept".',
    },
  ];
}

/** A patch is taken off by its own program: that of another one would act on what is not there. */
function otherPatch(
  { mode }: Input,
  product: string | undefined,
  release: string | undefined,
  { host }: Pick<ReadableNode, 'host'>,
): CheckResult[] {
  const own = product === undefined ? undefined : patchOfProduct(product);
  const installed = patchOf(release ?? '');
  if (mode !== 'uninstall-patch' || own === undefined || installed === 0 || own === installed) return [];
  return [
    {
      id: MEDIA,
      status: 'failed',
      message: `${host}: ${release ?? ''} is installed, and the program is of "${product ?? ''}".`,
      hint: `A patch is taken off by its own program: give Qlik_Sense_update.exe of ${release ?? ''} (manual 3.7, p. 174; 4.4, p. 186).`,
    },
  ];
}

function missing({ needed }: Input): CheckResult[] {
  const names = Object.keys(needed).filter((name) => needed[name] === '');
  if (names.length === 0) return [];
  return [
    {
      id: 'installer-parameters',
      status: 'failed',
      message: `Setup is to be run silently, and this was not given: ${names.join(', ')}.`,
      hint: `Give it: ${names.map((name) => `--set ${name}=VALUE`).join(' ')}`,
    },
  ];
}

function notAsked({ host }: Pick<ReadableNode, 'host'>): CheckResult {
  return {
    id: 'installer-installed',
    status: 'warning',
    message: `${host} cannot be asked what is installed.`,
    hint: 'Look into Programs and Features of that server.',
  };
}

function judgeInstalled(
  { mode, from, to }: Input,
  found: WindowsFindings,
  { host }: Pick<ReadableNode, 'host'>,
): CheckResult[] {
  const failed = (id: string, message: string, hint: string): CheckResult => ({
    ...{ id, status: 'failed', message: `${host}: ${message}`, hint },
  });
  // A run that goes on stops for it by itself, or has made it so.
  const waiting: typeof failed = (...words) => ({ ...failed(...words), beforehand: true });
  return [
    ...releaseChecks(),
    ...(found.reboot.length === 0
      ? []
      : [
          waiting(
            'installer-restart',
            `Windows waits for a restart: ${found.reboot.join('; ')}.`,
            'Restart it, then go on. Setup refuses to run before (manual 8.11, p. 308: -8).',
          ),
        ]),
    ...(found.runner.sid === SYSTEM
      ? [
          failed(
            'installer-account',
            'this runs as SYSTEM.',
            'Run it as the account that installed the node: another one does not find its certificates (manual 3.3, p. 167).',
          ),
        ]
      : []),
    ...(mode === 'upgrade' && found.accounts.some(({ sid }) => sid === SYSTEM)
      ? [
          failed(
            'installer-service-account',
            'the services run as Local System.',
            'Give them a service account first (manual 3.4 step 5, p. 169; 2.11, p. 159).',
          ),
        ]
      : []),
  ];

  function releaseChecks(): CheckResult[] {
    const id = 'installer-installed';
    const { release } = found;
    if (mode === 'install')
      return release === undefined
        ? []
        : [waiting(id, `${release} is installed already.`, 'Upgrade or repair it, or uninstall it first.')];
    if (mode === 'install-from-dump')
      return release === undefined
        ? []
        : [
            waiting(
              id,
              `${release} is installed, and a dump is only given to setup where Qlik Sense was uninstalled.`,
              'Upgrade it instead: upgrade plan (manual 3.3, p. 164; 3.6, p. 172).',
            ),
          ];
    if (mode === 'postgres-install') return [];
    if (release === undefined)
      return [
        (mode === 'uninstall' ? waiting : failed)(
          id,
          'no release, or more than one, stands in Programs and Features.',
          'Look there: what is installed must be known before it is changed.',
        ),
      ];
    if (to !== '' && sameRelease(release, to))
      return [{ id, status: 'ok', message: `${host} has ${release} already: it is left as it is.` }];
    if (from !== '' && !sameRelease(release, from))
      return [
        failed(id, `${release} is installed, and ${from} was expected.`, 'Plan the way anew: upgrade plan.'),
      ];
    const patched = patchOf(release) > 0 ? forbidsPatches(mode) : undefined;
    if (patched !== undefined)
      return [
        failed(
          id,
          `${release} is installed: ${patched}`,
          'Uninstall the patch first: sense-runbook run uninstall-patch.',
        ),
      ];
    const [now, then] = [releaseMonth(release), releaseMonth(to)];
    if ((mode === 'patch' || mode === 'uninstall-patch') && now !== then)
      return [
        failed(
          id,
          `${release} is installed, and ${to} belongs to another release.`,
          'A patch goes on its own release (manual 8.11, p. 308: -9).',
        ),
      ];
    if (mode !== 'uninstall-patch' && isOlder(to, release))
      return [
        failed(
          id,
          `${release} is installed, which is newer than ${to}.`,
          'An older release comes back only by a restore; patches can be uninstalled (manual 8.11, p. 308: -4, -22).',
        ),
      ];
    const conditions = conditionsOf(mode, release, host);
    if (conditions.length > 0) return conditions;
    return [{ id, status: 'ok', message: `${host} has ${release}.` }];
  }
}

/** Whether a release comes before another one, patches of one release included; false where either is no release. */
function isOlder(one: string, other: string): boolean {
  const [month, otherMonth] = [releaseMonth(one), releaseMonth(other)];
  if (month === undefined || otherMonth === undefined) return false;
  return month < otherMonth || (month === otherMonth && patchOf(one) < patchOf(other));
}

/** Its number; 0 is the initial release. */
function patchOf(release: string): number {
  return Number(/ Patch (\d+)$/i.exec(release)?.[1] ?? 0);
}

/** Why a mode does not go with a patch; undefined: it does. */
function forbidsPatches(mode: Input['mode']): string | undefined {
  if (mode === 'repair') return 'Repair is disabled while there is a patch (manual 3.8, p. 174).';
  if (mode === 'postgres-upgrade')
    return 'the Qlik PostgreSQL Installer goes with initial releases only (manual 2.6, p. 145).';
  return undefined;
}
