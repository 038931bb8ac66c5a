import type { ExitCode } from '../contract/errors.ts';
import type { CommandContext, OpenedSite } from './context.ts';
import { note, noteWaiting } from './open.ts';

/** Said last, and in the result of what was rehearsed. */
export const REHEARSED = 'This was a REHEARSAL on a simulated copy: nothing of the real site was touched.';

/** How a rehearsal is told. */
export interface RehearsalWords {
  /** Says a line to a person. */
  readonly tell: (text: string) => void;
  /** Says the first one. */
  readonly begin: (text: string) => void;
}

/** On stdout; with `--json` only the first line, as a document. */
export function wordsOfRun({ flags, output }: CommandContext): RehearsalWords {
  if (!flags.json) {
    const tell = (text: string): void => {
      output.out(`${text}\n`);
    };
    return { tell, begin: tell };
  }
  return {
    tell: () => undefined,
    begin: (message) => {
      output.out(`${JSON.stringify({ schemaVersion: 1, type: 'rehearsal', message })}\n`);
    },
  };
}

/** On stderr, for what prints a document of its own. */
export function wordsBeside(context: CommandContext): RehearsalWords {
  const tell = (text: string): void => {
    note(context, text);
  };
  return { tell, begin: tell };
}

/** Works on a simulated copy of the site, which is removed afterwards. The first and the last line say what it was. */
export async function onCopy(
  context: CommandContext,
  { tell, begin }: RehearsalWords,
  work: (copy: OpenedSite) => Promise<ExitCode>,
): Promise<ExitCode> {
  await noteWaiting(context);
  context.beginEffects();
  return context.rehearse(async (name, build) => {
    begin(`REHEARSAL on a simulated copy of ${name}: nothing of the real site is touched.`);
    tell('Building the copy; it is removed in the end.');
    try {
      const copy = await build();
      for (const warning of copy.warnings) note(context, `warning: ${warning}`);
      return await work(copy);
    } finally {
      tell(REHEARSED);
    }
  });
}
