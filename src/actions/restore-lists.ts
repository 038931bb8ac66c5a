import type { CertificateEntry } from './certificate-index.ts';
import { ROLE_NAMES } from './certificates.ts';
import { configAdvice, type ConfigAdvice } from './config-advice.ts';
import { USE_NAMES } from './used-certificates.ts';

/** One folder or file of the set and where its content came from. */
export interface KeptFolder {
  /** In the set, with `/`. */
  readonly folder: string;
  readonly original: string;
  /** Where `original` is; absent: everywhere the same, such as a share. */
  readonly node?: string;
}

const STORE_NAMES: Readonly<Record<CertificateEntry['store'], string>> = {
  'LocalMachine/Root':
    'Certificates (Local Computer) > Trusted Root Certification Authorities > Certificates',
  'LocalMachine/My': 'Certificates (Local Computer) > Personal > Certificates',
  'CurrentUser/My': 'Certificates (Current User, the account of the services) > Personal > Certificates',
};

/** One box a certificate, with the store it belongs into. */
export function certificateList(entries: readonly CertificateEntry[]): string {
  return boxes(
    entries.map((entry) =>
      [
        `\`${entry.file}\`: ${entry.use === undefined ? ROLE_NAMES[entry.role] : USE_NAMES[entry.use]}`,
        `issued to ${oneLine(entry.subject)}, expires ${entry.notAfter.slice(0, 10)}`,
        `import into ${STORE_NAMES[entry.store]}`,
      ].join('; '),
    ),
  );
}

/** One box a folder, with the command that copies it. */
export function folderList(folders: readonly KeptFolder[], windows: boolean): string {
  if (folders.length === 0) return boxes([]);
  return folders
    .map(({ folder, original, node }) => {
      const where = node === undefined ? '' : ` on ${node}`;
      const source = windows ? folder.replaceAll('/', '\\') : `${folder}/.`;
      const command = windows
        ? `robocopy ${doubleQuoted(source)} ${doubleQuoted(original)} /E /COPY:DAT /DCOPY:T`
        : `cp -a ${doubleQuoted(source)} ${doubleQuoted(original)}`;
      return [`- [ ] \`${folder}\` to \`${original}\`${where}`, '', '```', command, '```'].join('\n');
    })
    .join('\n\n');
}

/** The configuration files by what becomes of them; those that may be put back have a box. */
export function configList(files: readonly KeptFolder[]): string {
  if (files.length === 0) return boxes([]);
  const groups = new Map<ConfigAdvice, string[]>();
  for (const { folder } of files) {
    const advice = configAdvice(folder);
    groups.set(advice, [...(groups.get(advice) ?? []), folder]);
  }
  return [...groups]
    .map(([{ text, never }, folders]) =>
      [`${text}:`, '', ...folders.map((folder) => `- ${never ? '' : '[ ] '}\`${folder}\``)].join('\n'),
    )
    .join('\n\n');
}

/** One box an item. */
function boxes(items: readonly string[]): string {
  return items.length === 0 ? 'None in this set.' : items.map((item) => `- [ ] ${item}`).join('\n');
}

/** Text of others, of which no line break is to make a line of its own. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function doubleQuoted(path: string): string {
  return `"${path.replaceAll('"', '\\"')}"`;
}
