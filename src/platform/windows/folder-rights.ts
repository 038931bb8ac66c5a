import * as z from 'zod';
import type { FolderRights } from '../folder-rights.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

/** Names of accounts may have to be asked of a domain controller. Milliseconds. */
const LIMIT_MS = 60_000;

const account = z.object({ sid: z.string(), account: z.string() });
const answer = z.object({
  owner: account,
  runner: account,
  service: account.nullable(),
  rules: z.array(
    account.extend({
      allow: z.boolean(),
      rights: z.number().int(),
      here: z.boolean(),
      below: z.boolean(),
    }),
  ),
});

type Answer = z.output<typeof answer>;
type Rule = Answer['rules'][number];

/** Generic rights as the file system maps them (winnt.h: FILE_ALL_ACCESS, FILE_GENERIC_READ, _WRITE, _EXECUTE). */
const GENERIC: readonly (readonly [number, number])[] = [
  [0x1000_0000, 0x1f_01ff],
  [0x8000_0000, 0x12_0089],
  [0x4000_0000, 0x12_0116],
  [0x2000_0000, 0x12_00a0],
];

/** FILE_READ_DATA, which for a folder is FILE_LIST_DIRECTORY. */
const READ = 0x1;
/** FILE_WRITE_DATA (files may be added), FILE_APPEND_DATA, FILE_DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER. */
const WRITE = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000;

const SYSTEM = 'S-1-5-18';
const ADMINISTRATORS = 'S-1-5-32-544';
const EVERYONE = 'S-1-1-0';

/**
 * Numbers that are the same on every Windows: SYSTEM, Administrators, CREATOR OWNER, OWNER RIGHTS, TrustedInstaller, and
 * of every domain the built-in Administrator, Domain Admins and Enterprise Admins.
 */
const TRUSTED =
  /^(S-1-5-18|S-1-5-32-544|S-1-3-0|S-1-3-4|S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464|S-1-5-21-[\d-]+-(500|512|519))$/;

/**
 * Who may use a folder besides administrators, its owner, the account of the services and who runs this, as its access
 * list says. Members of groups are not looked up: a group counts as such.
 * @throws PowerShellError, CommandError, TimeLimitError
 */
export async function readWindowsRights(powershell: PowerShell, folder: string): Promise<FolderRights> {
  const told = await powershell.run('folder-rights', { folder }, { timeoutMs: LIMIT_MS });
  const found = readAnswer(answer, told, `the access rights of ${folder} cannot be read`);
  const { owner, runner, service, rules } = found;
  const known = [owner.sid, runner.sid, service?.sid];
  const others = new Map(
    rules.filter(({ sid }) => !TRUSTED.test(sid) && !known.includes(sid)).map((rule) => [rule.sid, rule]),
  );
  const may = (rights: number): string[] =>
    [...others.values()]
      .filter(({ sid }) => (grantedTo(sid, rules) & rights) !== 0)
      .map((other) => other.account);
  const [readers, writers] = [may(READ), may(WRITE)];
  return {
    othersCanRead: readers.length > 0,
    othersCanWrite: writers.length > 0,
    readers,
    writers,
    close: closing(folder, found, [...others.keys()]),
  };
}

/** What an account may do with the folder or with what is in it. */
function grantedTo(sid: string, rules: readonly Rule[]): number {
  const applying = rules.filter((rule) => rule.sid === sid || (rule.sid === EVERYONE && !rule.allow));
  return decided(applying.filter(({ here }) => here)) | decided(applying.filter(({ below }) => below));
}

/** The first rule that speaks of a right decides, as in Windows: what the folder denies itself comes first. */
function decided(rules: readonly Rule[]): number {
  let granted = 0;
  let settled = 0;
  for (const { allow, rights } of rules) {
    const now = specific(rights) & ~settled;
    if (allow) granted |= now;
    settled |= now;
  }
  return granted;
}

function specific(rights: number): number {
  return GENERIC.reduce((all, [generic, mapped]) => ((rights & generic) === 0 ? all : all | mapped), rights);
}

/** In quotes, so that it is the same for cmd and PowerShell. By numbers, which are the same in every language. */
function closing(folder: string, { runner, service, rules }: Answer, others: readonly string[]): string {
  const keeper = (service ?? runner).sid;
  const keep = [...new Set([SYSTEM, ADMINISTRATORS, keeper])].map((sid) => `"*${sid}:(OI)(CI)F"`);
  const gone = others
    .filter((sid) => rules.some((rule) => rule.sid === sid && rule.allow))
    .map((sid) => `"*${sid}"`);
  return [
    `icacls "${folder}" /inheritance:r /grant:r ${keep.join(' ')}`,
    ...(gone.length === 0 ? [] : [`/remove:g ${gone.join(' ')}`]),
  ].join(' ');
}
