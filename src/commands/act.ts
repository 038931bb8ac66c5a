import type { CommandWork } from './context.ts';

/** Gives a command's work to the program, which makes the context and takes the exit code. */
export type Act = (work: CommandWork) => Promise<void>;
