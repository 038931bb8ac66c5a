import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { ReadContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { CertificateEntry } from './certificate-index.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EVIDENCE_FILE, readEvidenceFile } from './evidence-file.ts';
import { odbcFile } from './odbc-export.ts';
import { restoreDocument } from './restore-document.ts';
import type { DumpedDatabase } from './restore-document.ts';
import type { KeptFolder } from './restore-lists.ts';
import { inSet, pathAsName } from './set-paths.ts';
import { extraTree, logTrees, shareTrees } from './trees.ts';

const counted = z.looseObject({ counts: z.record(z.string(), z.number()) });

type Collaborators = Pick<
  ActionCollaborators,
  'site' | 'vault' | 'clock' | 'tool' | 'database' | 'templates'
>;

/** What the run knows of the set; the rest is looked up in it. */
export interface SetFacts {
  readonly set: string;
  /** Which release the site has, as far as it is known. */
  readonly release: string | undefined;
  readonly databases: readonly DumpedDatabase[];
  /** Versions of PostgreSQL. */
  readonly server: string;
  readonly client: string;
  readonly certificates: readonly CertificateEntry[];
  readonly warnings: readonly string[];
  /** What the repository told of itself; absent: it was not asked. */
  readonly repository: JsonObject | undefined;
}

/** The text of RESTORE.md for one set, whose other files are all written. @throws the file system's errors */
export async function restoreText(
  c: Collaborators,
  facts: SetFacts,
  context: Pick<ReadContext, 'node' | 'nodes'>,
): Promise<string> {
  const { site } = c;
  const { set } = facts;
  const template = await fs.readFile(path.join(c.templates, 'RESTORE.md'), 'utf8');
  const folders = await kept(c, set, [
    ...shareTrees(site.share).map(({ from, to }) => ({ folder: to, original: from })),
    ...site.extra.map((extra) => ({
      folder: extraTree(extra, context.nodes).to,
      original: extra.folder,
      ...(extra.node === undefined ? {} : { node: extra.node }),
    })),
    ...context.nodes.flatMap((node) =>
      logTrees(site, node).map(({ from, to }) => ({ folder: to, original: from, node: node.name })),
    ),
  ]);
  const config = await kept(
    c,
    set,
    context.nodes.flatMap((node) => [
      ...site.config.files.map((file) => ({
        folder: `config/${node.name}/${pathAsName(node.reach(file))}`,
        original: file,
      })),
      { folder: odbcFile(node.name), original: 'ODBC system data sources' },
    ]),
  );
  const evidence = await readEvidenceFile(inSet(c.vault, set, EVIDENCE_FILE));
  const counts = counted.safeParse(facts.repository).data?.counts;
  return restoreDocument(template, {
    set,
    site: site.name,
    path: inSet(c.vault, set),
    createdAt: c.clock.now().toISOString(),
    tool: c.tool,
    release: facts.release ?? 'not told by the site file',
    serverVersion: facts.server,
    clientVersion: facts.client,
    database: c.database.address,
    windows: (await context.node.facts()).platform === 'windows',
    installFolder: site.qlik.installFolder,
    programDataFolder: site.qlik.programDataFolder,
    nodes: site.nodes.map(({ name, host, role }) => ({ name, host, role })),
    dumps: facts.databases,
    ...(evidence.kind === 'found' ? { evidence: evidence.evidence } : {}),
    certificates: facts.certificates,
    folders,
    config,
    ...(counts === undefined ? {} : { counts }),
    warnings: facts.warnings,
  });
}

/** Those of the folders and files that are in the set; a `*` in the path is kept when its beginning is there. */
async function kept(
  c: Pick<ActionCollaborators, 'vault'>,
  set: string,
  folders: readonly KeptFolder[],
): Promise<KeptFolder[]> {
  const found: KeptFolder[] = [];
  for (const entry of folders) {
    const certain = entry.folder.split('*')[0] ?? '';
    const target = inSet(
      c.vault,
      set,
      certain.endsWith('/') || certain === entry.folder ? certain : path.posix.dirname(certain),
    );
    try {
      await fs.stat(target);
      found.push(entry);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return found;
}
