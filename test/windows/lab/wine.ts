import { execFileSync, spawnSync } from 'node:child_process';

/** The environment in which Wine runs programs of a prefix: nothing of the machine's own that could change a test. */
export function wineEnvironment(prefix: string): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    WINEPREFIX: prefix,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // No windows, no .NET and no browser engine: Wine would ask to fetch the latter two.
    DISPLAY: '',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    // File names are UTF-8 for Wine only when the locale says so.
    LC_ALL: 'C.UTF-8',
  };
}

let fixedAddresses: boolean | undefined;

/**
 * Program and arguments that run a Windows program. Wine needs the address 0x7ffe0000 for itself, and Linux since 6.9 lays
 * the heap of about one process in two thousand just there, which then does not start. So addresses are not left to
 * chance, except where a container forbids to say so.
 */
export function wineCommand(argv: readonly string[]): [program: string, args: string[]] {
  fixedAddresses ??= spawnSync('setarch', ['-R', 'true'], { stdio: 'ignore' }).status === 0;
  return fixedAddresses ? ['setarch', ['-R', 'wine', ...argv]] : ['wine', [...argv]];
}

/** The path as Windows sees it: on drive C: inside the prefix, else on Z:, which is the whole machine. */
export function windowsPath(prefix: string, path: string): string {
  const drive = `${prefix}/drive_c`;
  const inside = path === drive || path.startsWith(`${drive}/`);
  return (inside ? `C:${path.slice(drive.length)}` : `Z:${path}`).replaceAll('/', '\\');
}

/** Ends every Windows program of a prefix; harmless when none runs. */
export function endPrefix(prefix: string): void {
  const how = { env: wineEnvironment(prefix), stdio: 'ignore', timeout: 60_000 } as const;
  try {
    execFileSync('wineserver', ['-k'], how);
    execFileSync('wineserver', ['-w'], how);
  } catch {
    // Exit code 1: there was no server, so nothing runs.
  }
}
