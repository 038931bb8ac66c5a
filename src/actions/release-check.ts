import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import { ASK_INSTALLED, askInstalled, sameRelease } from './installed-release.ts';

const input = z.strictObject({
  /** With its patch: `May 2025 Patch 3`. */
  release: z.string().min(1),
});

/** Makes sure that a node has the release that was installed: all nodes of a site run the same one (manual 3.7, p. 173). */
export function createReleaseCheck(): Action<z.infer<typeof input>, null> {
  return {
    name: 'release.check',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe: (_given, { node }) =>
      Promise.resolve(
        node.discover === undefined
          ? { operations: [], notes: [`What is installed on ${node.name} cannot be asked.`] }
          : { operations: [ASK_INSTALLED] },
      ),

    prepare: () => Promise.resolve(null),

    async execute({ release }, _before, context) {
      const { node } = context;
      if (node.discover === undefined) {
        context.warn(
          `What is installed on ${node.host} cannot be asked.`,
          `Look into Programs and Features of that server: it must be ${release}.`,
        );
        return { release: null };
      }
      const found = await context.perform(ASK_INSTALLED, (signal) => askInstalled(node, signal));
      if (found?.release === undefined || !sameRelease(found.release, release))
        throw new StepError(
          `${node.host} has ${found?.release ?? 'no release that is known'}, not ${release}`,
          {
            hint: 'All nodes of a site run the same release (manual 3.7, p. 173). Look at the step that installed it.',
          },
        );
      return { release: found.release };
    },

    check: () => Promise.resolve('not-done'),
  };
}
