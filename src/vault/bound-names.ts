import type { Manifest } from './vault.ts';

/** Something of a set that is bound to a name of its site. */
export interface BoundName {
  readonly what: string;
  readonly name: string;
}

/**
 * What of a set is bound to the names of its site: with another host name nodes, certificates, the database's address and
 * the share's path are others (manual 5.7, p. 212). A manifest of an older version tells less.
 */
export function boundNames(manifest: Manifest): readonly BoundName[] {
  const site = objectIn(manifest['site']);
  const names = [
    ...objectsIn(site['nodes']).map((node) => ({
      what: `host of node ${textIn(node['name'])} (${textIn(node['role'])})`,
      name: textIn(node['host']),
    })),
    { what: 'host of the database', name: textIn(objectIn(site['database'])['host']) },
    ...objectsIn(site['share']).map((share) => ({
      what: `path of ${textIn(share['folder'])}`,
      name: textIn(share['original']),
    })),
    ...objectsIn(manifest['certificates']).map(({ subject, role }) => ({
      what: `subject of the ${textIn(role)} certificate`,
      name: textIn(subject),
    })),
  ];
  return names.filter(({ name }) => name !== '');
}

/** The site of a set as the manifest tells it; what it does not tell is absent or empty. */
export interface ManifestSite {
  /** Host of the central node. */
  readonly central?: string;
  readonly release?: string;
  readonly databaseHost?: string;
  /** Folders of the share with where they lay: `share`, `share-apps`. */
  readonly share: readonly { readonly folder: string; readonly original: string }[];
}

/** Reads it. */
export function siteOfManifest(manifest: Manifest): ManifestSite {
  const site = objectIn(manifest['site']);
  const central = objectsIn(site['nodes']).find(({ role }) => role === 'central');
  const host = textIn(central?.['host']);
  const release = textIn(site['release']);
  const databaseHost = textIn(objectIn(site['database'])['host']);
  return {
    ...(host === '' ? {} : { central: host }),
    ...(release === '' ? {} : { release }),
    ...(databaseHost === '' ? {} : { databaseHost }),
    share: objectsIn(site['share'])
      .map(({ folder, original }) => ({ folder: textIn(folder), original: textIn(original) }))
      .filter(({ original }) => original !== ''),
  };
}

/** An object of a manifest; empty when it is none. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A list of objects of a manifest. */
export function objectsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(objectIn) : [];
}

/** A text of a manifest. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
