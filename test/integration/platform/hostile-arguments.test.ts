import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exec } from '../../../src/contract/node.ts';
import { createExec } from '../../../src/platform/process/exec.ts';
import { createWindowsCertificates } from '../../../src/platform/windows/certificates.ts';
import { createPowerShell } from '../../../src/platform/windows/powershell.ts';
import { createRemoteExec } from '../../../src/platform/windows/remote-exec.ts';
import { createWindowsServices } from '../../../src/platform/windows/services.ts';
import { createSshPowerShell, SSH_COMMAND } from '../../../src/platform/windows/ssh.ts';
import { createWinrmPowerShell } from '../../../src/platform/windows/winrm.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { commandLineToArgv } from '../../helpers/command-line-to-argv.ts';
import { hostileText } from '../../helpers/hostile-text.ts';
import { fileURLToPath } from 'node:url';

/** Prints its arguments and its stdin, each as bytes in hexadecimal. */
const MIRROR = `
  const hex = (data) => Buffer.from(data).toString('hex');
  const chunks = [];
  process.stdin.on('data', (chunk) => chunks.push(chunk));
  process.stdin.on('end', () => {
    const argv = process.argv.slice(1).map(hex);
    process.stdout.write(JSON.stringify({ argv, stdin: hex(Buffer.concat(chunks)) }));
  });`;

const SCRIPTS = fileURLToPath(new URL('../../../dist/powershell', import.meta.url));
const real = createExec({ redact: (text) => text });

interface Arrived {
  readonly argv: string[];
  readonly stdin: string;
}

/** Starts the mirror with the arguments and the input of a call, and notes what arrived. */
function mirror(arrived: Arrived[], answer = '{"ok":true,"value":{}}'): Exec {
  return async (argv, options = {}) => {
    const how = { input: options.input ?? '' };
    const { stdout } = await real([process.execPath, '-e', MIRROR, '--', ...argv], how);
    const seen = JSON.parse(stdout) as Arrived;
    const text = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8');
    arrived.push({ argv: seen.argv.map(text), stdin: text(seen.stdin) });
    return { stdout: answer, stderr: '', durationMs: 1 };
  };
}

/** Unpaired halves of characters are no text that UTF-8 can carry. */
const value = hostileText().filter((text) => Buffer.from(text, 'utf8').toString('utf8') === text);
const runs = { numRuns: 12 };
const limits = { timeoutMs: 60_000 };

describe('a hostile name', () => {
  it('arrives in the arguments and the input of a program byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 10, maxLength: 30 }), value, async (argv, input) => {
        const arrived: Arrived[] = [];
        await mirror(arrived)(argv, { input });
        expect(arrived).toEqual([{ argv, stdin: input }]);
      }),
      runs,
    );
  });

  it('of a service or a server is one argument of sc.exe', async () => {
    await fc.assert(
      fc.asyncProperty(value, value, async (service, machine) => {
        const arrived: Arrived[] = [];
        const services = createWindowsServices({ exec: mirror(arrived, ''), clock: systemClock, machine });
        await services.dependents(service);
        expect(arrived[0]?.argv).toEqual(['sc.exe', `\\\\${machine}`, 'enumdepend', service, '65536']);
      }),
      runs,
    );
  });

  it('of a server, a file, a certificate or an account reaches PowerShell only as JSON on stdin', async () => {
    await fc.assert(
      fc.asyncProperty(value, value, value, async (computer, thumbprint, program) => {
        const arrived: Arrived[] = [];
        const powershell = createPowerShell({ exec: mirror(arrived), folder: 'C:\\scripts' });
        const far = createWinrmPowerShell({ powershell, computer });
        // What the mirror answers is no answer of those scripts.
        await createWindowsCertificates({ powershell: far })
          .remove('LocalMachine/My', thumbprint)
          .catch(() => undefined);
        await createRemoteExec({ powershell: far, host: computer })(
          [`x${program.replaceAll('"', '')}.exe`, program],
          {
            input: thumbprint,
          },
        ).catch(() => undefined);
        expect(arrived).toHaveLength(2);
        for (const { argv } of arrived)
          expect(argv.slice(-2)).toEqual(['-File', 'C:\\scripts\\invoke-remote.ps1']);
        const requests = arrived.map(({ stdin }) => JSON.parse(stdin) as { computer: string; json: string });
        expect(requests.map((request) => request.computer)).toEqual([computer, computer]);
        expect(JSON.parse(requests[0]?.json ?? '')).toEqual({ store: 'LocalMachine/My', thumbprint });
        const run = JSON.parse(requests[1]?.json ?? '') as { arguments: string; stdin: string };
        expect(commandLineToArgv(run.arguments)).toEqual([program]);
        expect(Buffer.from(run.stdin, 'base64').toString('utf8')).toBe(thumbprint);
      }),
      runs,
    );
  });

  it('is never among the words that an SSH server gives to its shell', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (name) => {
        const arrived: Arrived[] = [];
        const ssh = { user: 'qlik' };
        const powershell = createSshPowerShell({
          exec: mirror(arrived),
          host: 'QLIK02',
          ssh,
          folder: SCRIPTS,
        });
        await powershell.run('run-program', { program: name }, limits);
        const [call] = arrived;
        expect(call?.argv.slice(call.argv.indexOf('--') + 1)).toEqual(['QLIK02', ...SSH_COMMAND]);
        const sent = JSON.parse(call?.stdin ?? '') as { json: string };
        expect(JSON.parse(sent.json)).toEqual({ program: name });
      }),
      runs,
    );
  });
});
