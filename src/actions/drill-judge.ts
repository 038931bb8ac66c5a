import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { NotProvenError } from '../contract/errors.ts';
import { formatCount } from '../foundation/human.ts';
import { known, orPlaceholder } from './input.ts';

const SHOWN = 20;

const verdictSchema = z.looseObject({
  set: z.string(),
  copy: z.string().optional(),
  verdict: z.enum(['passed', 'failed', 'not-compared']),
  differenceCount: z.number(),
  differences: z.array(z.string()),
});

const input = z.strictObject({
  /** `drill` of the outputs of `drill.record`. */
  drill: orPlaceholder(verdictSchema),
  /** The backup that was made just before; it stays what it is. */
  backup: z.boolean().default(false),
});

/** Ends the run with exit code 5 unless the set is proven restorable; every difference is in the message. */
export function createDrillJudge(): Action<z.infer<typeof input>, null> {
  return {
    name: 'drill.judge',
    effect: 'read',
    input,
    onCancel: 'wait',

    describe: () => Promise.resolve({ operations: [] }),

    prepare: () => Promise.resolve(null),

    execute({ drill, backup }) {
      const verdict = known(drill);
      if (typeof verdict !== 'object')
        return Promise.reject(new TypeError('drill.judge needs the output of drill.record'));
      const trouble = notProven(verdict, backup);
      return trouble === undefined ? Promise.resolve({ proven: true }) : Promise.reject(trouble);
    },

    check: () => Promise.resolve('not-done'),
  };
}

function notProven(drill: z.infer<typeof verdictSchema>, backup: boolean): NotProvenError | undefined {
  if (drill.verdict === 'passed') return undefined;
  const name = backup
    ? `the backup set ${drill.set} is there and complete, but it`
    : `backup set ${drill.set}${drill.copy === undefined ? '' : ` of copy ${drill.copy}`}`;
  if (drill.verdict === 'not-compared')
    return new NotProvenError(`${name} was restored, and there is nothing to compare it with: not proven`, {
      hint: 'It was made before the contents of databases were recorded. Make a new backup and drill that one.',
    });
  const shown = drill.differences.slice(0, SHOWN);
  const more = drill.differenceCount - shown.length;
  const lines = [
    `${name} did not prove restorable: ${formatCount(drill.differenceCount, 'difference')}`,
    ...shown.map((line) => `  - ${line}`),
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
  ];
  return new NotProvenError(lines.join('\n'), {
    hint: 'Do not rely on this set. Look at what is named, make a new backup, and drill that one.',
  });
}
