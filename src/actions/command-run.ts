import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { CommandOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';

const input = z.strictObject({
  /** Program and arguments; no shell is between. */
  argv: z.array(z.string()).min(1),
  /** What it does to the site; the one who writes the runbook answers for it. */
  effect: z.enum(['read', 'change', 'destroy']),
  /** Added to the environment; the place for secrets, which a list of arguments is not. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** Given on stdin. */
  stdin: z.string().optional(),
  folder: z.string().optional(),
  /** Exit codes that are no failure. */
  'ok-codes': z.array(z.int().min(0)).min(1).default([0]),
  /** Milliseconds; `timeouts.command` of the site file by default. */
  'timeout-ms': z.int().min(1).optional(),
});

type Input = z.infer<typeof input>;

/** Runs a program on the node: for what no other action does. A dry run never executes it, whatever its effect. */
export function createCommandRun(c: Pick<ActionCollaborators, 'site'>): Action<Input, null> {
  return {
    name: 'command.run',
    effect: (given) => given.effect,
    input,
    onCancel: 'kill',
    mayBeUnknown: true,
    describe: (given) => Promise.resolve({ operations: [operationFor(given)] }),
    prepare: () => Promise.resolve(null),
    async execute(given, _before, context) {
      const { stdout, stderr } = await context.exec(operationFor(given), {
        env: given.env,
        okCodes: given['ok-codes'],
        timeoutMs: given['timeout-ms'] ?? c.site.timeouts.command,
        ...(given.stdin === undefined ? {} : { input: given.stdin }),
        ...(given.folder === undefined ? {} : { cwd: given.folder }),
      });
      return { stdout: stdout.trimEnd(), stderr: stderr.trimEnd() };
    },
    // What the program does is known to its author only; one that just looks can be run again.
    check: (given) => Promise.resolve(given.effect === 'read' ? 'not-done' : 'unknown'),
  };
}

function operationFor({ argv, env, effect }: Input): CommandOperation {
  const names = Object.keys(env);
  return { kind: 'command', argv, effect, ...(names.length === 0 ? {} : { env: names }) };
}
