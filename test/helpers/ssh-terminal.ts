import { execa } from 'execa';
import type { TestSshd } from './sshd.ts';
import { BUNDLE, typeInto, type Exchange, type TerminalResult } from './terminal.ts';

/** What the terminal of a connection is. */
export type Terminal = 'dumb' | 'vt100' | 'xterm';

/** A connection on which the tool runs. */
export interface SshTerminal {
  readonly ended: Promise<TerminalResult>;
  /** Ends the client at once, as a network that goes away does: the server gives the terminal up. */
  cut(): void;
}

/**
 * Logs in with a terminal of 80 columns, runs the bundle there without colours, and types. Nothing of this process's environment
 * is there but where programs lie.
 */
export function overSsh(
  server: TestSshd,
  terminal: Terminal,
  args: readonly string[],
  exchanges: readonly Exchange[],
): SshTerminal {
  const command = [process.execPath, BUNDLE, ...args].map((word) => `'${word}'`).join(' ');
  const child = execa(
    'ssh',
    [
      ...['-tt', '-F', 'none', '-p', String(server.port), '-i', server.key, '-l', server.user],
      ...['-o', `UserKnownHostsFile=${server.knownHosts}`, '-o', 'HostKeyAlias=127.0.0.1'],
      ...['-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=ERROR', '127.0.0.1'],
      `stty cols 80 rows 24; export NO_COLOR=1 PATH='${process.env['PATH'] ?? ''}'; exec ${command}`,
    ],
    { reject: false, env: { TERM: terminal }, stdin: 'pipe', all: true, timeout: 240_000 },
  );
  const screen = typeInto(child, exchanges);
  return {
    ended: child.then(({ exitCode }) => ({ code: exitCode, stdout: screen() })),
    cut: () => child.kill('SIGKILL'),
  };
}
