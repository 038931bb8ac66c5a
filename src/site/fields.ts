import * as z from 'zod';
import {
  DURATION_PATTERN,
  DURATION_WORDS,
  parseDuration,
  parseSize,
  SIZE_PATTERN,
} from '../foundation/measures.ts';
import { isCompletePath } from './paths.ts';

/** Names of sites, nodes and extra folders. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,30}$/;

// C0 and C1 controls and line separators: what "C:\new" and "C:\Program Files" become in double quotes.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A name in small letters, digits and `-`. */
export function nameField(description: string) {
  return z
    .string()
    .regex(NAME_PATTERN, {
      error:
        'must be 1 to 31 small letters, digits and -, and begin with a letter or digit (write digits in quotes)',
    })
    .describe(description);
}

/** An absolute path of Windows or of another system. */
export function pathField(description: string) {
  return z
    .string()
    .min(1)
    .superRefine((path, context) => {
      const message = pathProblem(path);
      if (path !== '' && message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .describe(description);
}

/** A time limit such as `10m`; gives milliseconds. `fallback` is the default, written the same way. */
export function durationField(description: string, fallback: string) {
  return timeField(description, fallback, 1, 'must be more than 0 and at most 24 days');
}

/** A time to wait, such as `5m`, or `0s` for none; gives milliseconds. */
export function waitField(description: string, fallback: string) {
  return timeField(description, fallback, 0, 'must be at most 24 days');
}

function timeField(description: string, fallback: string, least: number, message: string) {
  return z
    .string({ error: DURATION_WORDS })
    .regex(DURATION_PATTERN, { error: DURATION_WORDS })
    .default(fallback)
    .transform((text, context) => {
      const milliseconds = parseDuration(text) ?? 0;
      // Node.js timers hold 31 bits; a longer limit would end at once.
      if (milliseconds >= least && milliseconds <= 2_147_483_647) return milliseconds;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .describe(description);
}

/** An age such as `14d`; gives milliseconds. */
export function ageField(description: string) {
  const error = 'must be an age with a unit, such as 36h or 14d';
  return z
    .string({ error })
    .regex(DURATION_PATTERN, { error })
    .transform((text, context) => {
      const milliseconds = parseDuration(text) ?? 0;
      if (milliseconds > 0) return milliseconds;
      context.addIssue({ code: 'custom', message: 'must be more than 0' });
      return z.NEVER;
    })
    .describe(description);
}

/** A size such as `20 GB`; gives bytes. */
export function sizeField(description: string) {
  const error = 'must be a size with a unit, such as 500 MB or 20 GB';
  return z
    .string({ error })
    .regex(SIZE_PATTERN, { error })
    .transform((text, context) => {
      const bytes = parseSize(text);
      if (bytes !== undefined) return bytes;
      context.addIssue({ code: 'custom', message: 'is too large' });
      return z.NEVER;
    })
    .describe(description);
}

/** A host name or an address, nothing around it. */
export function hostField(description: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/, {
      error: 'must be a host name or an address, without a port and without anything else',
    })
    .max(255)
    .describe(description);
}

function pathProblem(path: string): string | undefined {
  if (CONTROLS.test(path))
    return 'has a character that no path may have; write Windows paths in single quotes or without quotes, not in double quotes';
  if (!isCompletePath(path))
    return 'must be a complete path, such as D:\\Backup, \\\\server\\share or /srv/backup';
  return undefined;
}
