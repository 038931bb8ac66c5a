import { firstWord, type Commands } from './program.ts';
import { declareStatus } from './status.ts';

/**
 * The commands to look for in a command line. Monitors ask for `status` every few minutes: it is here without the others,
 * which take longer to load than what it does.
 */
export async function commandsFor(argv: readonly string[]): Promise<Commands> {
  if (firstWord(argv) === 'status') return { status: declareStatus };
  const { COMMANDS } = await import('./all-commands.ts');
  return COMMANDS;
}
