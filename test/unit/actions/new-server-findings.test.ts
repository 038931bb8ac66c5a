import { describe, expect, it } from 'vitest';
import {
  judgeDatabases,
  judgePorts,
  judgeRoles,
  judgeServers,
  type SeenServer,
} from '../../../src/actions/new-server-findings.ts';
import type { RecordedRole } from '../../../src/postgres/recorded-roles.ts';
import { plainRole } from '../../../src/postgres/recreate.ts';
import type { ServerFacts } from '../../../src/postgres/server.ts';
import type { ServerIdentity } from '../../../src/postgres/server-identity.ts';
import { databaseFacts, serverFacts } from './fakes.ts';

function server(
  major: number,
  changes: { readonly facts?: Partial<ServerFacts>; readonly identity?: Partial<ServerIdentity> } = {},
): SeenServer {
  const version = `${String(major)}.1`;
  return {
    facts: serverFacts({ major, version, databases: [], ...changes.facts }),
    identity: {
      ...{ identifier: version, version, port: 5432, portSource: 'configuration file', portBySystem: null },
      ...{ dataFolder: '/data', listen: '*', listenBySystem: null, ssl: false },
      ...{ maxConnections: 100, maxConnectionsBySystem: null },
      ...changes.identity,
    },
  };
}

const OLD = server(12);
const messages = (checks: readonly { readonly message: string; readonly status: string }[]): string[] =>
  checks.map(({ status, message }) => `${status}: ${message}`);

describe('a server that the databases may be moved to', () => {
  it.each([13, 14, 15, 16])('may be of version %i', (major) => {
    expect(judgeServers(OLD, server(major), String(major))).toEqual([]);
  });

  it.each([
    ['is not the site’s own', server(12), '', /the one that the site has now/],
    ['is later', server(12, { identity: { identifier: 'x' } }), '', /not later than 12\.1/],
    ['is supported', server(17), '', /takes PostgreSQL 12 to 16, and the new server is 17\.1/],
    ['is the one that was meant', server(15), '16', /16 was expected/],
    ['is logged in to as superuser', server(14, { facts: { superuser: false } }), '', /no superuser/],
    ['can be written to', server(14, { facts: { standby: true } }), '', /standby/],
  ])('%s, or it is refused', (_what, target, wanted, message) => {
    expect(messages(judgeServers(OLD, target, wanted))).toEqual([expect.stringMatching(message)]);
  });

  it('speaks SSL when the old one does', () => {
    const old = server(12, { identity: { ssl: true } });
    expect(judgeServers(old, server(14), '')).toMatchObject([{ id: 'new-server-ssl', status: 'failed' }]);
    expect(judgeServers(old, server(14, { identity: { ssl: true } }), '')).toEqual([]);
  });

  it('has a port that a setting can change', () => {
    const fixed = server(14, { identity: { portSource: 'command line' } });
    expect(messages(judgePorts([OLD, fixed]))).toEqual([expect.stringMatching(/^failed: PostgreSQL 14\.1/)]);
  });

  it('has no database of the site, in whichever case; others on the old one are named', () => {
    const source = serverFacts({
      databases: ['QSR', 'reports', 'postgres'].map((name) => databaseFacts(name)),
    });
    const target = serverFacts({ databases: [databaseFacts('qsr')] });
    expect(messages(judgeDatabases(source, target, ['QSR']))).toEqual([
      'failed: The new server has qsr already.',
      'warning: Not of the site, and not moved: reports.',
    ]);
  });

  it('has no role of the same name with another password', () => {
    const role = (name: string, passwordHash: string): RecordedRole => ({
      ...{ ...plainRole(name), login: true, passwordHash },
    });
    const source = [role('same', 'md5a'), role('other', 'md5b'), role('missing', 'md5c')];
    const target = [role('same', 'md5a'), role('other', 'md5x')];
    expect(messages(judgeRoles(source, target))).toEqual([expect.stringMatching(/^failed: The role other /)]);
    const superuser = [{ ...role('postgres', 'md5a'), superuser: true }];
    expect(judgeRoles(superuser, [role('postgres', 'md5x')])).toEqual([]);
  });
});
