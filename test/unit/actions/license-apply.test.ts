import fs from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createLicenseApply } from '../../../src/actions/license-apply.ts';
import { PreflightError, RepositoryApiError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { evidencePart, fakeDatabase, fakeScratch, fakeSite, parts } from './fakes.ts';
import { fakeNode, runAction } from './harness.ts';
import { certificatesInSet } from './set-certificates.ts';

const LICENSE = { organization: 'Acme', product: 2, validTo: '2027-03-16', isInvalid: false };
const TABLES = { LicenseProfessionalAccessTypes: 12, LicenseAnalyzerAccessTypes: 30 };

interface Given {
  /** What the API told when the set was made. */
  readonly recorded?: JsonValue;
  /** Output of repository.ask. */
  readonly asked?: JsonValue;
  /** What the API tells when it is asked again; absent: there is none. */
  readonly again?: JsonValue | Error;
  /** Rows, one look after the other. */
  readonly rows?: readonly (Readonly<Record<string, number>> | Error)[];
  /** Answers of the person; absent: there is nobody. */
  readonly answers?: boolean[];
}

async function apply(given: Given) {
  const c = parts();
  const set = await c.vault.open('SET');
  const { database, server, roles } = evidencePart('QSR');
  const tables = Object.entries(TABLES).map(([name, rows]) => ({ schema: 'public', name, rows }));
  const evidence = { schemaVersion: 1, server, roles, databases: [{ ...database, tables }] };
  await fs.writeFile(await set.pathFor('databases/evidence.json'), JSON.stringify(evidence));
  const { openPfx } = await certificatesInSet(c);
  const looks = [...(given.rows ?? [TABLES, TABLES])];
  const questions: string[] = [];
  const { answers, again } = given;
  const node = fakeNode();
  if (again !== undefined)
    Object.assign(node, {
      repository: {
        url: (where: string) => `https://qs1.example:4242${where}`,
        get: async () => {
          if (again instanceof Error) throw again;
          return again;
        },
      },
    });
  const input = { set: 'SET', repository: given.asked ?? null };
  const ran = await runAction(
    createLicenseApply({
      ...c,
      site: fakeSite(),
      vault: {
        ...c.vault,
        read: async () => ({ repository: given.recorded }) as unknown as Manifest,
      },
      scratch: fakeScratch(),
      database: {
        ...fakeDatabase(),
        connect: async (name) => {
          const now = name === 'postgres' ? {} : looks.shift();
          if (now === undefined) throw new Error('counted too often');
          if (now instanceof Error) throw now;
          return countingClient(now);
        },
      },
      person: {
        canAsk: answers !== undefined,
        confirm: async (text) => {
          questions.push(text);
          return answers?.shift() ?? false;
        },
      },
      secrets: { read: async () => 'word' },
      openPfx,
    }),
    input,
    {
      node,
      planned: { set: '<set>', repository: '<steps.ask.outputs.repository>' },
      bindings: { '<set>': 'SET' },
    },
  );
  return { ...ran, questions };
}

function countingClient(rows: Readonly<Record<string, number>>): SqlClient {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      if (text.includes('server_version_num'))
        return [{ version: '14.17', number: 140_017, superuser: true, standby: false }] as unknown as Row[];
      if (text.includes('datistemplate')) return [{ name: 'QSR' }] as unknown as Row[];
      if (text.includes('information_schema'))
        return (rows[String(values[0])] === undefined
          ? []
          : [{ schema: 'public', column: 'Deleted' }]) as unknown as Row[];
      if (text.includes('pg_settings')) return [];
      // Evidence counts deleted rows too.
      expect(text).not.toContain('where');
      return [{ count: rows[/from "public"\."(\w+)"/.exec(text)?.[1] ?? ''] }] as unknown as Row[];
    },
    close: () => Promise.resolve(),
  };
}

const facts = (license: JsonValue) => ({ counts: {}, license });

describe('license.apply', () => {
  it('asks nobody when license and assignments are those of the set', async () => {
    const { outputs, warnings, questions } = await apply({
      recorded: facts(LICENSE),
      asked: facts(LICENSE),
      rows: [{ ...TABLES, LicenseAnalyzerAccessTypes: 31 }],
      answers: [],
    });
    expect(outputs).toEqual({ state: 'as-before', differences: [] });
    expect([warnings, questions]).toEqual([[], []]);
  });

  it('has the key applied where the license is gone, and is content when it is back', async () => {
    const { outputs, warnings, questions } = await apply({
      recorded: facts(LICENSE),
      asked: facts(null),
      again: { ...LICENSE, validTo: null, keyDetails: 'Valid To: 2027-03-16 0:00' },
      answers: [true],
    });
    expect(questions).toHaveLength(1);
    expect(questions[0]).toContain('signed license key');
    expect(outputs).toEqual({ state: 'applied', differences: [] });
    expect(warnings).toEqual([]);
  });

  it('does not believe it: what still differs is a warning that says what to do', async () => {
    const { outputs, warnings } = await apply({
      recorded: facts(LICENSE),
      asked: facts(LICENSE),
      again: { ...LICENSE, isInvalid: true, keyDetails: 'Valid To: 2027-03-16 0:00' },
      rows: [
        { ...TABLES, LicenseProfessionalAccessTypes: 0 },
        { ...TABLES, LicenseProfessionalAccessTypes: 5 },
      ],
      answers: [true],
    });
    expect(outputs['state']).toBe('open');
    expect(warnings).toEqual([
      'The license is invalid now.',
      '5 users have professional access assigned; when the set was made there were 12.',
    ]);
  });

  it('keeps a difference as a warning where nobody can be asked, or nobody did it', async () => {
    const gone = { recorded: facts(LICENSE), asked: facts(null) };
    for (const nobody of [gone, { ...gone, answers: [false] }]) {
      const { outputs, warnings } = await apply(nobody);
      expect(outputs['state']).toBe('open');
      expect(warnings).toEqual(['The site has no license; when the set was made it had one.']);
    }
  });

  it('asks a person to look where the license cannot be told: rows of a database prove none', async () => {
    const looked = await apply({ recorded: facts(LICENSE), asked: null, answers: [true] });
    expect(looked.questions[0]).toContain('look at License management');
    expect(looked.outputs).toEqual({ state: 'looked', differences: [] });
    const alone = await apply({});
    expect(alone.outputs).toEqual({ state: 'unknown', differences: [] });
    expect(alone.warnings.join()).toContain('Not done yet: In the QMC');
  });

  it('holds up nothing when neither database nor API answers', async () => {
    const { outputs, warnings } = await apply({
      recorded: facts(LICENSE),
      asked: facts(null),
      again: new RepositoryApiError('it answers 403'),
      rows: [new PreflightError('no server'), new PreflightError('no server')],
      answers: [true],
    });
    expect(outputs['state']).toBe('open');
    expect(warnings).toContain('The license could not be looked at: it answers 403');
    expect(warnings).toContain('The license could not be looked at: no server');
  });
});
