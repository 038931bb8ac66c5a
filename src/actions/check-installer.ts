import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { INSTALLER_CALLS } from '../installers/calls.ts';
import { createCheck } from './check-action.ts';
import { factOf } from './failure.ts';
import { ASK_INSTALLED, askInstalled } from './installed-release.ts';
import { callOf } from './installer-input.ts';
import { checkMedia, checkPatchProgram, lookAtMedia } from './installer-media.ts';
import { judgeRelease } from './installer-release.ts';
import { judgeWindows } from './installer-windows.ts';

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

/**
 * Whether an installer can be run on a node: the program is there and is what it is said to be (product, version, hash), what
 * is installed fits, Windows waits for no restart, this does not run as SYSTEM, and the licence was accepted.
 */
export function createCheckInstaller(): Action<Input, null> {
  return createCheck({
    name: 'check.installer',
    input,
    whilePlanning: true,
    operations: (given, { node }) => [
      ...(node.programInfo === undefined ? [] : [lookAtMedia(given)]),
      ...(node.discover === undefined ? [] : [ASK_INSTALLED]),
    ],
    async probe(given, context, look) {
      const { node, signal } = context;
      const checks: CheckResult[] = [...licence(given), ...missing(given)];
      try {
        const { checks: ofMedia, seen } = await checkMedia(given, context, look);
        checks.push(...ofMedia);
        const found =
          node.discover === undefined
            ? undefined
            : await look(ASK_INSTALLED, () => askInstalled(node, signal));
        if (found === undefined) checks.push(notAsked(node));
        else
          checks.push(
            ...judgeRelease(given, found.release, node.host),
            ...judgeWindows(given.mode, found, node.host),
          );
        checks.push(...checkPatchProgram(given.mode, seen?.product, found?.release, node.host));
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
