import { describe, expect, it } from 'vitest';
import { createRestoreLogin } from '../../../src/actions/restore-login.ts';
import { CommandError, JournalError, UnreachableError } from '../../../src/contract/errors.ts';
import type { ReadableNode } from '../../../src/contract/node.ts';
import type { Site } from '../../../src/site/schema.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeDatabase, fakeSite } from './fakes.ts';
import { fakeNode, runAction, type FakeNode, type Ran, type RunOptions } from './harness.ts';

const STATUS_DLL_NOT_FOUND = 3_221_225_781;
const PSQL = String.raw`C:\Program Files\PostgreSQL\14\bin\psql.exe`;
const NO_PASSWORD = 'psql: error: fe_sendauth: no password supplied';
const TYPED = [
  'On rim type `psql -X -w -h db.example -p 4432 -U qliksenserepository -d QSR -c "select 1"`: "no password supplied" is enough.',
  'Without psql, in PowerShell `Test-NetConnection db.example -Port 4432`: it shows all but pg_hba.conf.',
].join(' ');

/** A psql that ends with an error and these words; without a code it did not start. */
function psqlSays(stderr: string, code?: number): NonNullable<RunOptions['exec']> {
  return (argv) =>
    Promise.reject(
      new CommandError(`psql.exe failed with exit code ${String(code)}`, {
        argv,
        stderr,
        ...(code === undefined ? {} : { code }),
      }),
    );
}

interface There {
  readonly psql?: readonly string[] | Error;
  readonly connects?: Awaited<ReturnType<NonNullable<ReadableNode['connects']>>> | Error;
  readonly transport?: ReadableNode['transport'];
}

/** A rim node that is another Windows server, and what was asked of it. */
function rimNode({
  psql = [],
  connects,
  transport = 'winrm',
}: There): FakeNode & { readonly looked: string[] } {
  const looked: string[] = [];
  return {
    ...fakeNode({ name: 'rim', host: 'qs2.example', role: 'rim' }),
    transport,
    looked,
    ...(transport === 'sc'
      ? {}
      : {
          findProgram: (program, folders) => {
            looked.push(program, ...folders);
            return psql instanceof Error ? Promise.reject(psql) : Promise.resolve(psql);
          },
        }),
    ...(connects === undefined
      ? {}
      : {
          connects: (host, port) => {
            looked.push(`${host}:${String(port)}`);
            return connects instanceof Error ? Promise.reject(connects) : Promise.resolve(connects);
          },
        }),
  };
}

function login(
  node: FakeNode | undefined,
  options: RunOptions & {
    readonly site?: Partial<Site>;
    readonly ask?: boolean;
    readonly answer?: boolean;
  } = {},
): Promise<Ran> & { readonly asked: string[] } {
  const { site, ask = false, answer, ...rest } = options;
  const { asked, person } = askedPerson(answer);
  const clock = createManualClock();
  const action = createRestoreLogin({
    site: fakeSite(site),
    database: fakeDatabase(),
    clock: { ...clock, sleep: () => Promise.resolve() },
    person,
  });
  const nodes = [fakeNode(), ...(node === undefined ? [] : [node])];
  const ran = runAction(action, { ask }, { ...(node === undefined ? {} : { node }), nodes, ...rest });
  return Object.assign(ran, { asked });
}

const kinds = ({ performed }: Ran) => performed.map(({ kind }) => kind);

it('a psql that ends without a word, as without its libraries, is told by its exit code', async () => {
  const { outputs, warnings } = await login(undefined, { exec: psqlSays('', STATUS_DLL_NOT_FOUND) });
  expect(outputs).toEqual({ login: 'unclear' });
  expect(warnings).toEqual([
    'central: whether the database lets it in is not clear: psql.exe failed with exit code 3221225781',
  ]);
});

describe('on another Windows server', () => {
  it('psql is looked for where Qlik Sense and PostgreSQL install it, and logs in from there', async () => {
    const node = rimNode({ psql: [PSQL, 'D:\\other\\psql.exe'], connects: { reached: true } });
    const argvs: (readonly string[])[] = [];
    const ran = await login(node, {
      exec: (argv, options) => {
        argvs.push(argv);
        return psqlSays(NO_PASSWORD, 2)(argv, options);
      },
    });
    expect(ran.outputs).toEqual({ login: 'password' });
    expect(ran.warnings).toEqual([]);
    expect(argvs.map(([program]) => program)).toEqual([PSQL]);
    expect(ran.plan.operations.map(({ kind }) => kind)).toEqual(['command', 'http']);
    expect(new Set(node.looked)).toEqual(
      new Set([
        'psql.exe',
        '/qlik/Repository/PostgreSQL',
        String.raw`%ProgramFiles%\Qlik\Sense\Repository\PostgreSQL`,
        String.raw`%ProgramFiles%\PostgreSQL`,
      ]),
    );
  });

  it('without psql a connection shows what it can, and says what it does not', async () => {
    const ran = await login(rimNode({ connects: { reached: true } }));
    expect(ran.outputs).toEqual({ login: 'reached' });
    expect(ran.performed).toMatchObject([{ kind: 'http', url: 'tcp://db.example:4432' }]);
    expect(ran.warnings).toEqual([
      'rim: the database takes connections from there, so listen_addresses and firewall let it in; that pg_hba.conf does was not shown: there is no psql.exe',
    ]);
    expect(ran.hints).toEqual([TYPED]);
    expect(ran.plan.notes).toEqual([
      'rim: a login cannot be tried, there is no psql.exe; a connection alone is tried.',
    ]);
  });

  it.each([
    ['does not start', psqlSays('', undefined), 'psql.exe failed with exit code undefined'],
    ['lacks a library', psqlSays('', STATUS_DLL_NOT_FOUND), 'psql.exe failed with exit code 3221225781'],
  ])('a psql that %s is followed by a connection', async (_what, exec, said) => {
    const ran = await login(rimNode({ psql: [PSQL], connects: { reached: true } }), { exec });
    expect(ran.outputs).toEqual({ login: 'reached' });
    expect(kinds(ran)).toEqual(['command', 'http']);
    expect(ran.warnings[0]).toContain(`was not shown: ${said}`);
  });

  it.each([[[PSQL]], [[]]])(
    'a journal that cannot be written ends it, whatever was tried: %j',
    async (psql) => {
      const unwritten = new JournalError('the journal cannot be written');
      const node = rimNode({ psql, connects: unwritten });
      await expect(login(node, { exec: () => Promise.reject(unwritten) })).rejects.toBe(unwritten);
    },
  );

  it('a connection that is refused again and again fails the step', async () => {
    const node = rimNode({ connects: { reached: false, why: '10.0.0.5: actively refused' } });
    await expect(login(node)).rejects.toThrow(
      'rim: the database does not let qliksenserepository in from there: 10.0.0.5: actively refused',
    );
    expect(node.looked.filter((one) => one === 'db.example:4432')).toHaveLength(5);
  });

  it('a psql that knows no SCRAM was asked for a password too', async () => {
    const ran = await login(rimNode({ psql: [PSQL], connects: { reached: true } }), {
      exec: psqlSays('psql: authentication method 10 not supported', 2),
    });
    expect(ran.outputs).toEqual({ login: 'password' });
  });

  it('a psql that was not there when it was planned is not run', async () => {
    const psql: string[] = [];
    const ran = await login(rimNode({ psql, connects: { reached: true } }), {
      meanwhile: () => psql.push(PSQL),
    });
    expect(ran.outputs).toEqual({ login: 'reached' });
    expect(kinds(ran)).toEqual(['http']);
  });

  it('where nothing can be tried, what to type there is said', async () => {
    const ran = await login(rimNode({ transport: 'sc' }));
    expect(ran.outputs).toEqual({ login: 'not-asked' });
    expect(ran.plan.operations).toEqual([]);
    expect(ran.warnings).toEqual([
      'rim: whether the database lets it in was not tried: nothing runs programs there',
    ]);
    expect(ran.hints).toEqual([TYPED]);
  });

  it('that does not answer is a warning with its reason, in the plan too', async () => {
    const ran = await login(
      rimNode({ psql: new UnreachableError('qs2.example does not answer over WinRM') }),
    );
    expect(ran.outputs).toEqual({ login: 'not-asked' });
    expect(ran.plan.basis).toBe('assumed');
    expect(ran.warnings[0]).toContain('was not tried: qs2.example does not answer over WinRM');
  });

  it('a database that the site file calls localhost is that of the central node', async () => {
    const database = { ...fakeSite().database, host: 'localhost' };
    const node = rimNode({ connects: { reached: true } });
    const ran = await login(node, { site: { database } });
    expect(ran.performed).toMatchObject([{ url: 'tcp://qs1.example:4432' }]);
    expect(ran.hints[0]).toContain('-h qs1.example');
  });
});

describe('as the last of a restore', () => {
  const reached: There = { connects: { reached: true } };

  it('a person looks on a node whose login was not shown', async () => {
    const going = login(rimNode(reached), { ask: true, answer: true });
    const { outputs, warnings, plan } = await going;
    expect(outputs).toEqual({ login: 'reached', looked: true });
    expect(going.asked).toEqual([`See that the database lets rim in. ${TYPED}`]);
    expect(plan.operations.at(-1)).toMatchObject({ kind: 'human', repeat: true });
    expect(warnings).toEqual([]);
  });

  it('nobody is asked about a node that logged in', async () => {
    const going = login(rimNode({ psql: [PSQL] }), {
      ask: true,
      answer: true,
      exec: () => Promise.resolve({}),
    });
    expect((await going).outputs).toEqual({ login: 'in' });
    expect(going.asked).toEqual([]);
  });

  it('it stays open where nobody can be asked, and fails nothing by then', async () => {
    const refused: There = { connects: { reached: false, why: 'no answer in 20000 ms' } };
    const { outputs, warnings } = await login(rimNode(refused), { ask: true });
    expect(outputs).toEqual({ login: 'refused', looked: false });
    expect(warnings).toEqual([
      'rim: the database does not let qliksenserepository in from there: no answer in 20000 ms',
      `Not done yet: See that the database lets rim in. ${TYPED}`,
    ]);
  });
});
