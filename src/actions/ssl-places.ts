import type { ReadableNode } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { Site } from '../site/schema.ts';
import { connectionFiles } from './connection-files.ts';
import { factOf } from './failure.ts';
import { textIfThere } from './kept-copies.ts';

/** What the files of one node say of SSL to the database. */
export interface SslPlaces {
  /** `Licenses.appsettings.json on qs1: "sslMode"`. */
  readonly asking: readonly string[];
  /** Files whose connection strings only the Connection String Editor reads, or that cannot be read. */
  readonly hidden: readonly string[];
}

/** The look at the files of a node. */
export function readPlacesOf({ qlik }: Pick<Site, 'qlik'>, node: Pick<ReadableNode, 'reach'>): FileOperation {
  return {
    kind: 'file',
    verb: 'read',
    path: node.reach(qlik.installFolder),
    effect: 'read',
    // Nodes of one machine have one folder.
    repeat: true,
  };
}

/** Reads where the services of a node ask for an encrypted connection (manual 6.7, p. 243-250). */
export async function sslPlacesOn(
  site: Pick<Site, 'qlik'>,
  { reach, host }: Pick<ReadableNode, 'reach' | 'host'>,
): Promise<SslPlaces> {
  const asking: string[] = [];
  const hidden: string[] = [];
  for (const { name, path } of connectionFiles(site)) {
    let text: string | undefined;
    try {
      text = await textIfThere(reach(path));
    } catch (error) {
      hidden.push(`${name} on ${host} (${factOf(error)})`);
      continue;
    }
    if (text === undefined) continue;
    const found = sslIn(text);
    if (found === 'encrypted') hidden.push(`${name} on ${host} (encrypted)`);
    else if (found !== undefined) asking.push(`${name} on ${host}: ${found}`);
  }
  return { asking, hidden };
}

/** The words by which a file asks for SSL; undefined: it does not. */
export function sslIn(text: string): string | undefined {
  if (/^(?:\xef\xbb\xbf|\ufeff)?\s*</.test(text)) {
    const plain = text.replace(/<!--[^]*?-->/g, '');
    const section = /<connectionStrings\b(?:[^>]*\/>|[^]*?<\/connectionStrings>)/i.exec(plain)?.[0] ?? '';
    if (/configProtectionProvider\s*=|configSource\s*=|<EncryptedData\b/i.test(section)) return 'encrypted';
    return /ssl\s*mode\s*=\s*(?:require|verify-?\w+|prefer)/i.exec(section)?.[0].replace(/\s+/g, ' ');
  }
  return (
    /"sslmode"\s*:\s*"(?:require|verify-\w+)"/i.exec(text)?.[0] ??
    /"ssl"\s*:\s*true/i.exec(text)?.[0] ??
    (POSTGRES_SECURITY.test(text) ? '"Security" of "Postgres"' : undefined)
  );
}

/** `Enable` of the `Security` of `Postgres`: other parts have one, too. */
const POSTGRES_SECURITY =
  /"Postgres"\s*:\s*\{(?:[^{}]|\{[^{}]*\})*?"Security"\s*:\s*\{[^{}]*"Enable"\s*:\s*true/i;
