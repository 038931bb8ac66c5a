import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const INCLUDE = /^# include: (\S+)$/gm;

/**
 * The PowerShell scripts as they are shipped, text by file name: each `# include:` line is replaced with that file. A server
 * that one is sent to gets a single file, so that none can load another there.
 */
export function powershellScripts(folder) {
  const read = (name) => readFileSync(path.join(folder, name), 'utf8');
  const names = readdirSync(folder).filter((name) => name.endsWith('.ps1'));
  return new Map(
    names.map((name) => [name, read(name).replace(INCLUDE, (_line, part) => read(part).trimEnd())]),
  );
}
