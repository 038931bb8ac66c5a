import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createInstallerRun } from '../../../src/actions/installer-run.ts';
import { CommandError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeNode, runAction, type FakeNode, type RunOptions } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

const SETUP = 'C:\\media\\Qlik_Sense_setup.exe';
const UPGRADE: JsonObject = {
  ...{ mode: 'upgrade', file: SETUP, to: 'May 2025' },
  values: { accepteula: true, skipstartservices: true, installdir: '', keepcurrentsettings: false },
  secrets: { userpassword: 'service-account', dbpassword: '' },
};

/** A node of February 2024 and its setup, which ends with `code` and leaves what `after` says. */
function lab(code: number, after: Parameters<typeof windowsAnswer>[0] = { release: 'May 2025' }) {
  const folder = temporaryFolder();
  const it = {
    state: { release: 'February 2024' } as Parameters<typeof windowsAnswer>[0],
    calls: [] as string[][],
    log: '',
  };
  const node: FakeNode = Object.assign(fakeNode(), {
    discover: () => Promise.resolve(windowsAnswer(it.state)),
  });
  const secrets = {
    read: (reference: unknown) => Promise.resolve(`password of ${(reference as { secret: string }).secret}`),
  };
  const action = createInstallerRun({ secrets, stateFolder: folder, temporaryFolder: folder });
  const exec: RunOptions['exec'] = (argv) => {
    it.calls.push([...argv]);
    it.state = after;
    const log = argv[argv.indexOf('-log') + 1];
    if (it.log !== '' && log !== undefined) fs.writeFileSync(log, it.log);
    return code === 0 ? Promise.resolve({}) : Promise.reject(new CommandError('setup ended', { argv, code }));
  };
  return {
    ...it,
    it,
    folder,
    run: (input = UPGRADE) => runAction(action, input, { node, exec }),
    action,
    node,
  };
}

describe('an installer that is run', () => {
  it('gets the arguments of its mode, in the order of the manual, with the password only when it starts', async () => {
    const { it: lab1, run, folder } = lab(0);
    const ran = await run();
    const [argv] = lab1.calls;
    const log = path.join(folder, 'sense-runbook-RUN-step-central.log');
    expect(argv).toEqual([
      SETUP,
      ...['-silent', '-log', log, 'accepteula=1', 'skipstartservices=1'],
      'userpassword=password of service-account',
      'keepcurrentsettings=0',
    ]);
    expect(JSON.stringify([ran.plan, ran.performed])).not.toContain('password of');
    expect(JSON.stringify(ran.plan.operations)).toContain('userpassword=<userpassword>');
    expect(ran.outputs).toEqual({ ran: true, release: 'May 2025', code: 0 });
  });

  it('is left out where its release is installed already', async () => {
    const { it: lab1, run } = lab(0);
    lab1.state = { release: 'May 2025' };
    expect((await run()).outputs).toEqual({ ran: false, release: 'May 2025' });
    expect(lab1.calls).toEqual([]);
  });

  it('is no success when another release is installed afterwards, whatever it says', async () => {
    const { run } = lab(0, { release: 'February 2024' });
    await expect(run()).rejects.toThrow(
      'says that it went well, but May 2025 is not installed; installed is February 2024',
    );
  });

  it('fails in the words of the vendor, with what its log tells and what to do', async () => {
    const { it: lab1, run } = lab(4_294_967_282, { release: 'February 2024' });
    lab1.log = 'FATAL: password authentication failed for user "postgres"';
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining(
        'ended with -14 (Database superuser password validation error)',
      ) as string,
      hint: expect.stringMatching(
        /Check the password of the database superuser[^]*Its log says:[^]*Its log: /,
      ) as string,
      changed: 'Qlik_Sense_setup.exe was run on qs1.example.',
    });
  });

  it('is told from one that could not be started', async () => {
    const { action, node } = lab(0);
    const failed = new CommandError('the program was not found', { argv: [SETUP] });
    await expect(runAction(action, UPGRADE, { node, exec: () => Promise.reject(failed) })).rejects.toBe(
      failed,
    );
  });
});

describe('a restart of Windows', () => {
  const PENDING = ['CBS: reboot pending'];

  it('that setup wants first stops the run, and setup runs once more after it', async () => {
    const { it: lab1, run } = lab(4_294_967_288, { release: 'February 2024', reboot: PENDING });
    await expect(run()).rejects.toMatchObject({
      exitCode: 75,
      message: 'qs1.example must be restarted first: CBS: reboot pending',
      hint: expect.stringContaining('runs setup once more') as string,
    });
    lab1.state = { release: 'February 2024' };
    await expect(run()).rejects.toMatchObject({ exitCode: 75 });
    expect(lab1.calls).toHaveLength(2);
  });

  it('that is wanted after it is waited for, and setup is not run again', async () => {
    const { it: lab1, run } = lab(3010, { release: 'May 2025', reboot: PENDING });
    await expect(run()).rejects.toMatchObject({
      exitCode: 75,
      hint: expect.stringContaining('goes on with the next step') as string,
    });
    await expect(run()).rejects.toMatchObject({ exitCode: 75 });
    lab1.state = { release: 'May 2025' };
    expect((await run()).outputs).toEqual({ ran: false, release: 'May 2025' });
    expect(lab1.calls).toHaveLength(1);
  });

  it('is waited for also where the run was killed before it could note how setup ended', async () => {
    const { it: lab1, action, node, run } = lab(0);
    const killed = () => {
      lab1.state = { release: 'May 2025', reboot: PENDING };
      return Promise.reject(new Error('killed'));
    };
    await expect(runAction(action, UPGRADE, { node, exec: killed })).rejects.toThrow('killed');
    await expect(run()).rejects.toMatchObject({ exitCode: 75 });
    lab1.state = { release: 'May 2025' };
    expect((await run()).outputs).toMatchObject({ ran: false });
    expect(lab1.calls).toEqual([]);
  });

  it('that was pending before and has nothing to do with it does not stop the run', async () => {
    const { it: lab1, run } = lab(0, { release: 'May 2025', reboot: PENDING });
    lab1.state = { release: 'February 2024', reboot: PENDING };
    expect((await run()).outputs).toMatchObject({ ran: true });
  });
});

describe('an earlier attempt', () => {
  const input = (action: ReturnType<typeof lab>['action']) => action.input.parse(UPGRADE);
  const context = (node: FakeNode) =>
    ({
      ...{ node, nodes: [node], run: { id: 'RUN', step: 'step', attempt: 1 } },
      ...{ signal: new AbortController().signal, reversed: [] },
    }) as const;
  const before = { release: 'February 2024', restart: [] };

  it('is done when its release is installed', async () => {
    const { it: lab1, action, node } = lab(0);
    lab1.state = { release: 'May 2025' };
    expect(await action.check(input(action), before, context(node))).toBe('done');
  });

  it('that was cut off before it started the program may be made again', async () => {
    const { action, node } = lab(0);
    expect(await action.check(input(action), before, context(node))).toBe('not-done');
  });

  it('that was cut off while the program ran cannot be judged', async () => {
    const { action, node, folder } = lab(0);
    const never = { exec: () => Promise.reject(new Error('killed')), node };
    await expect(runAction(action, UPGRADE, never)).rejects.toThrow('killed');
    expect(fs.existsSync(path.join(folder, 'runs', 'RUN', 'safety', 'installers'))).toBe(true);
    expect(await action.check(input(action), before, context(node))).toBe('unknown');
  });

  it('that came to its own end may be made again', async () => {
    const { action, node, run } = lab(4_294_967_282, { release: 'February 2024' });
    await expect(run()).rejects.toThrow('-14');
    expect(await action.check(input(action), before, context(node))).toBe('not-done');
  });
});

describe('a plan', () => {
  it('without the licence accepted has no setup in it', async () => {
    const { action, node } = lab(0);
    const given = action.input.parse({ ...UPGRADE, values: { accepteula: false } });
    const context = { node, nodes: [node], run: { id: '<run>', step: 'step', attempt: 1 } };
    const plan = await action.describe(given, context as never);
    expect(plan).toMatchObject({ operations: [], incomplete: expect.stringContaining('licence') as string });
  });

  it('refuses an argument of another mode, and a password that is none', async () => {
    const { action, node } = lab(0);
    const context = { node, nodes: [node], run: { id: '<run>', step: 'step', attempt: 1 } } as never;
    const of = (change: JsonObject) => () =>
      action.describe(action.input.parse({ ...UPGRADE, ...change }), context);
    expect(of({ values: { accepteula: true, spc: 'C:\\spc.cfg' } })).toThrow(/spc: /);
    expect(of({ secrets: { installdir: 'x' } })).toThrow('"installdir" is no password');
  });
});
