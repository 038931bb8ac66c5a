import { FRAME } from './installers/frame.ts';
import { JUDGE } from './installers/judge.ts';
import { MSI } from './installers/msi.ts';
import { PATCH } from './installers/patch.ts';
import { POSTGRES } from './installers/postgres.ts';
import { SERVICES } from './installers/services.ts';
import { SETUP } from './installers/setup.ts';

/**
 * Programs of the vendor that a simulated node has stand-ins for, as their files are called, and the text of each stand-in. It
 * takes the arguments of the manual's tables (2.6, p. 148-150; 4.1 to 4.4, p. 178-186) and no others, writes its log, changes
 * `installed.json` and the services of the node, and gives the exit codes of 8.11 (p. 308). What an installer does to files and
 * databases it leaves as it is. Its tables are its own: they check what the product has.
 */
export const INSTALLER_PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['Qlik_Sense_setup.exe', together(FRAME, JUDGE, SERVICES, SETUP)],
  ['Qlik_Sense_update.exe', together(FRAME, JUDGE, SERVICES, PATCH)],
  ['Qlik_PostgreSQL_setup.exe', together(FRAME, JUDGE, SERVICES, POSTGRES)],
  ['msiexec.exe', together(FRAME, MSI)],
]);

function together(...parts: readonly string[]): string {
  return parts.join('\n');
}
