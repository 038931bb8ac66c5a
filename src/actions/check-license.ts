import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { RepositoryCredentials } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import { licenseFacts } from '../platform/qrs/license.ts';
import { LICENSE_STATEMENTS, readLicense, type LicenseRecord } from '../postgres/license.ts';
import { joinPath } from '../site/paths.ts';
import { exportedFolder } from './certificates-clear-exported.ts';
import { createCheck, type Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { findDatabase, repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';
import { judgeLicense } from './license-findings.ts';
import { LICENSE } from './repository-ask.ts';
import { call } from './repository-call.ts';
import { setCredentials } from './set-credentials.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

/** Doctor is waited for. Milliseconds. */
const ANSWER_LIMIT_MS = 15_000;

type Collaborators = Pick<
  ActionCollaborators,
  'site' | 'database' | 'vault' | 'secrets' | 'openPfx' | 'clock'
>;

/**
 * What license the site has: from the repository API, where there is a client certificate to ask it with (those that the
 * Repository Service keeps as files, or those of the newest set), and from the repository database. A backup needs none of
 * it: what cannot be found out is said, and is no warning.
 */
export function createCheckLicense(c: Collaborators): Action<Record<string, never>, null> {
  const repository = repositoryName(c.site.database.names);
  const sql = sqlLook(repository, LICENSE_STATEMENTS, {
    note: 'the tables and columns of these that the release has; no key, no serial number',
  });
  const keptFiles = (node: ReadContext['node']): FileOperation => ({
    kind: 'file',
    verb: 'read',
    path: joinPath(exportedFolder(c.site, node), '.Local Certificates'),
    effect: 'read',
  });
  const ofSet: FileOperation = { kind: 'file', verb: 'read', path: c.vault.root, effect: 'read' };

  async function fromDatabase(context: ReadContext, look: Look): Promise<LicenseRecord> {
    return look(sql, async () => {
      const name = (await findDatabase(c, repository, context)) ?? repository;
      return withDatabase(c, name, context, readLicense);
    });
  }

  /** With a client certificate of the site and its root. @throws ExpectedError when there is none */
  async function credentials(
    node: ReadContext['node'],
    look: Look,
  ): Promise<RepositoryCredentials | undefined> {
    const kept = await look(keptFiles(node), () => readKeptFiles(keptFiles(node).path));
    if (kept !== undefined) return kept;
    // A password that would be asked for is not worth it, and a repository would have to be fetched from.
    if ('prompt' in c.site.certificates.password || c.site.vault.kind !== 'folder') return undefined;
    return look(ofSet, async () => {
      const latest = await c.vault.latest();
      return latest === undefined ? undefined : setCredentials(c, c.vault, latest.id);
    });
  }

  async function fromRepository(
    { node }: ReadContext,
    look: Look,
  ): Promise<{ license?: JsonObject | null; trouble?: string }> {
    const { repository: api } = node;
    if (api === undefined) return { trouble: `${node.host} has no repository API that could be asked` };
    const found = await credentials(node, look);
    if (found === undefined)
      return {
        trouble: 'the repository API was not asked: no client certificate lies here, and no set has one',
      };
    const answer = await look(call(api, 'GET', LICENSE), (signal) =>
      api.get(LICENSE, found, { timeoutMs: ANSWER_LIMIT_MS, signal }),
    );
    return { license: licenseFacts(answer) };
  }

  return createCheck({
    name: 'check.license',
    input: z.strictObject({}),
    whilePlanning: false,
    operations: (_input, { node }) => [
      ...(node.repository === undefined
        ? []
        : [keptFiles(node), ofSet, call(node.repository, 'GET', LICENSE)]),
      sql,
    ],
    async probe(_input, context, look) {
      const trouble: string[] = [];
      const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await work();
        } catch (error) {
          context.signal.throwIfAborted();
          if (!(error instanceof ExpectedError)) throw error;
          trouble.push(factOf(error));
          return undefined;
        }
      };
      const api = await attempt(() => fromRepository(context, look));
      if (api?.trouble !== undefined) trouble.push(api.trouble);
      const database = await attempt(() => fromDatabase(context, look));
      const license = api?.license === undefined ? database?.license : api.license;
      const checks: CheckResult[] = judgeLicense(
        { license, assignments: database?.assignments ?? {}, trouble },
        c.clock.now(),
      );
      return { checks: checks.map((check) => ({ ...check, node: context.node.name })) };
    },
  });
}

/** Those of the folder that the Repository Service itself keeps; undefined where they are not there or not to be read. */
async function readKeptFiles(folder: string): Promise<RepositoryCredentials | undefined> {
  try {
    const [certificatePem, keyPem, root] = await Promise.all(
      ['client.pem', 'client_key.pem', 'root.pem'].map((name) => fs.readFile(joinPath(folder, name), 'utf8')),
    );
    if (certificatePem === undefined || keyPem === undefined || root === undefined) return undefined;
    return { certificatePem, keyPem, rootsPem: [root] };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(code ?? '')) return undefined;
    throw error;
  }
}
