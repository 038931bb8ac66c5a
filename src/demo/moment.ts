import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Whether the newest run's journal says that a database dump has begun: the services are stopped then. */
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

/** The last line may be half written. */
function beginsDump(line: string): boolean {
  return /"phase":\s*"begin"/.test(line) && /pg_dump(\.exe)?"/.test(line);
}
