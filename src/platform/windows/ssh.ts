import fs from 'node:fs/promises';
import path from 'node:path';
import { CommandError, UnreachableError } from '../../contract/errors.ts';
import type { Exec } from '../../contract/node.ts';
import { answerOf, asciiJson, PowerShellError, type PowerShell } from './powershell.ts';

const OUTPUT_BYTES = 32 * 1024 * 1024;
const WAY_MS = 60_000;
/** What ssh itself ends with when there is no connection, or none any more. */
const NO_CONNECTION = 255;
/** A server takes ten logins at a time by default (MaxStartups), and every service is asked on its own. */
const CONNECTIONS = 4;

/** How a server is reached over SSH. */
export interface SshOptions {
  /** Account there; that of ssh's own configuration when left out. */
  readonly user?: string;
  readonly port?: number;
  /** File of the private key; those of ssh's own configuration and its agent when left out. */
  readonly key?: string;
  /** Options of ssh, `Name=value` each; they win over ours. */
  readonly options?: readonly string[];
}

/**
 * What runs on the server first: it takes the script and its input from stdin. The server gives the words of a command
 * to a shell, so nothing that varies may stand there; and only `$input` has stdin when a command is given that way.
 */
export const SSH_BOOTSTRAP = [
  "$ErrorActionPreference = 'Stop'",
  "$ProgressPreference = 'SilentlyContinue'",
  "$line = @($input) -join ''",
  'Add-Type -AssemblyName System.Web.Extensions',
  '$reader = New-Object Web.Script.Serialization.JavaScriptSerializer',
  '$reader.MaxJsonLength = [int]::MaxValue',
  '$request = $reader.DeserializeObject($line)',
  // The text of a shipped script and nothing else, as Invoke-Command -FilePath sends it too.
  "$script = [scriptblock]::Create($request['script'])",
  "$answer = @(& $script $request['json'])",
  // Past Out-Default: what that shows is written to the event log where module logging is on.
  '[Console]::Out.WriteLine([string]$answer[-1])',
].join('\n');

/** The command that every connection asks for: it has no character that cmd.exe, PowerShell or sh would change. */
export const SSH_COMMAND: readonly string[] = [
  ...['powershell.exe', '-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'],
  ...['-EncodedCommand', Buffer.from(SSH_BOOTSTRAP, 'utf16le').toString('base64')],
];

/** How one would run a script of that name there by hand: with the words it has, not on stdin. */
export function typedSsh(host: string, ssh: SshOptions, script: string): string[] {
  return sshCommand(host, ssh, ['powershell.exe', '-NoProfile', '-File', `${script}.ps1`]);
}

/** The argument list of one connection. */
export function sshCommand(
  host: string,
  { user, port, key, options = [] }: SshOptions,
  command: readonly string[] = SSH_COMMAND,
): string[] {
  const ours = [
    // The first value counts: a question would wait for ever, the rest may be said otherwise in the site file.
    ...['BatchMode=yes', ...options],
    ...['StrictHostKeyChecking=yes', 'ConnectTimeout=15', 'ServerAliveInterval=15', 'ServerAliveCountMax=3'],
    ...['ClearAllForwardings=yes', 'ForwardAgent=no', 'ForwardX11=no', 'RequestTTY=no'],
    ...(key === undefined ? [] : ['IdentitiesOnly=yes']),
  ];
  return [
    'ssh',
    ...ours.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(key === undefined ? [] : ['-i', key]),
    ...(user === undefined ? [] : ['-l', user]),
    ...['--', host, ...command],
  ];
}

/**
 * Windows PowerShell of a server over OpenSSH, as the account that logs in there. Script and input go on stdin.
 * @throws UnreachableError besides what running a script here throws
 */
export function createSshPowerShell(options: {
  readonly exec: Exec;
  readonly host: string;
  readonly ssh: SshOptions;
  /** Where the scripts are. */
  readonly folder: string;
}): PowerShell {
  const { exec, host, ssh, folder } = options;
  const argv = sshCommand(host, ssh);
  const turn = limited(CONNECTIONS);
  return {
    async run(script, input, { timeoutMs, ...limits }) {
      const text = await fs.readFile(path.join(folder, `${script}.ps1`), 'utf8');
      const how = {
        ...limits,
        timeoutMs: timeoutMs + WAY_MS,
        input: `${asciiJson({ script: text, json: asciiJson(input) })}\n`,
        maxOutputBytes: OUTPUT_BYTES,
      };
      try {
        return answerOf(script, (await turn(() => exec(argv, how))).stdout);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        throw error.code === NO_CONNECTION || error.code === undefined
          ? lost(host, error)
          : new PowerShellError(
              `PowerShell on ${host} failed with exit code ${error.code}: ${lastLine(error.stderr)}`,
              'ExitCode',
              { hint: `Look whether "ssh ${host} powershell.exe -Command 1" prints 1.`, cause: error },
            );
      }
    },
  };
}

function lost(host: string, error: CommandError): UnreachableError {
  const why = lastLine(error.stderr) || error.message.split('\n')[0];
  return new UnreachableError(`${host} does not answer over SSH: ${why}`, {
    hint: `Try "ssh -o BatchMode=yes ${host}" as this account: it must log in without a question, with a key, and know the server's host key.`,
    cause: error,
  });
}

function lastLine(text: string): string {
  return text.trim().split(/\r?\n/u).at(-1) ?? '';
}

/** At most `most` at a time; the others wait for their turn. */
function limited(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place is handed on, so that nobody who comes now takes it.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
