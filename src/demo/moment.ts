import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { JournalEntry } from '../engine/records.ts';

/**
 * Whether the journal of a run that is not among the `known` ones says that a database dump has begun: then the
 * services are stopped.
 */
export function dumpHasBegun(stateFolder: string, known: ReadonlySet<string>): boolean {
  return runsIn(stateFolder)
    .filter((run) => !known.has(run))
    .some((run) => {
      const journal = path.join(stateFolder, 'runs', run, 'journal.jsonl');
      return existsSync(journal) && readFileSync(journal, 'utf8').split('\n').some(beginsDump);
    });
}

/** The runs of a state folder. */
export function runsIn(stateFolder: string): string[] {
  const folder = path.join(stateFolder, 'runs');
  return existsSync(folder) ? readdirSync(folder) : [];
}

function beginsDump(line: string): boolean {
  const entry = parse(line);
  if (entry?.type !== 'operation' || entry.phase !== 'begin' || entry.operation.kind !== 'command')
    return false;
  // Asking pg_dump for its version is a command too, but changes nothing.
  const { argv, effect } = entry.operation;
  return effect !== 'read' && /pg_dump(\.exe)?$/.test(argv[0] ?? '');
}

/** The last line may be half written. */
function parse(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined;
  }
}
