import { sameHost } from '../foundation/same-host.ts';
import { SERVICES_WITH_SETTINGS } from '../site/defaults.ts';
import { joinPath } from '../site/paths.ts';
import type { Site } from '../site/schema.ts';

/** Files of an installation that name the host of the database; `name` is a name for a copy of it. */
export function connectionFiles({
  qlik,
}: Pick<Site, 'qlik'>): readonly { readonly name: string; readonly path: string }[] {
  return [
    {
      name: 'Repository.exe.config',
      path: joinPath(qlik.installFolder, 'Repository', 'Repository.exe.config'),
    },
    ...SERVICES_WITH_SETTINGS.map((service) => ({
      name: `${service}.appsettings.json`,
      path: joinPath(qlik.installFolder, service, 'appsettings.json'),
    })),
  ];
}

/** What a file says of the database, and what becomes of it. */
export interface ConnectionEdit {
  /** The whole text with the new host; the same when nothing in it names the old one. */
  readonly text: string;
  /** Hosts that were replaced, as they stood there. */
  readonly replaced: readonly string[];
  /** Its connection strings are encrypted, or in another file: only the Connection String Editor can change them. */
  readonly encrypted: boolean;
}

/** Replaces the old hosts of the database where they are written in plain text; every other byte stays. */
export function editConnections(text: string, gone: readonly string[], to: string): ConnectionEdit {
  const replaced: string[] = [];
  const replace = (whole: string, before: string, host: string): string => {
    if (!gone.some((old) => sameHost(old, host)) || host === to) return whole;
    replaced.push(host);
    return `${before}${to}`;
  };
  if (/^(?:\xef\xbb\xbf|\ufeff)?\s*</.test(text)) {
    const section = /<connectionStrings\b(?:[^>]*\/>|[^]*?<\/connectionStrings>)/i.exec(text)?.[0] ?? '';
    const encrypted = /configProtectionProvider\s*=|configSource\s*=|<EncryptedData\b/i.test(section);
    if (section === '' || encrypted) return { text, replaced, encrypted };
    const edited = section.replace(
      /((?:^|[;"\s])(?:Host|Server)\s*=\s*(?:'|&apos;|&quot;)?)([^;'"&\s]+)/gi,
      (whole: string, before: string, host: string) => replace(whole, before, host),
    );
    // By a function: what is put in may have a dollar sign.
    return { text: text.replace(section, () => edited), replaced, encrypted };
  }
  const edited = text.replace(/("host"\s*:\s*")([^"\\]+)/gi, (whole: string, before: string, host: string) =>
    replace(whole, before, host),
  );
  return { text: edited, replaced, encrypted: false };
}
