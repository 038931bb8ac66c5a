import type {
  CertificateOperation,
  CommandOperation,
  FileOperation,
  Operation,
} from '../contract/operation.ts';
import { startTypeArguments } from '../contract/start-type.ts';
import { quoted } from '../foundation/quoted.ts';

const IF_NEEDED = 'if needed';

/** An operation in parts: what can be copied is apart from the words about it. */
export interface OperationParts {
  /** What comes before it, such as the database of a statement; without `command` all there is to read. */
  readonly words?: string;
  /** To be copied as it stands. */
  readonly command?: string;
  /** What else counts: the folder it is run in, environment variables, that it may not be needed. */
  readonly aside: readonly string[];
  /** Done by a person, who ticks it by itself. */
  readonly hand?: true;
}

/**
 * One operation as one would type it, for plans, reports and the terminal. Placeholders such as `<set>` stay as they
 * are. For display only: nothing is ever run from this text.
 */
export function operationText(operation: Operation): string {
  const { words, command, aside, hand } = operationParts(operation);
  const text = [hand === true ? 'by hand:' : undefined, words, command];
  const how = aside.filter((part) => part !== IF_NEEDED);
  if (how.length > 0) text.push(`(${how.join('; ')})`);
  if (operation.repeat === true) text.push(`(${IF_NEEDED})`);
  return text.filter((part) => part !== undefined).join(' ');
}

/** The same for a page from which commands are copied. */
export function operationParts(operation: Operation): OperationParts {
  const aside = operation.repeat === true ? [IF_NEEDED] : [];
  switch (operation.kind) {
    case 'command':
      return { command: commandLine(operation.argv), aside: [...commandAside(operation), ...aside] };
    case 'sql':
      return {
        words: `SQL in ${operation.database}:`,
        command: operation.text.replace(/\s+/g, ' ').trim(),
        aside,
      };
    case 'http':
      return { words: `${operation.method} ${operation.url}`, aside };
    case 'file':
      return { words: fileWords(operation), aside };
    case 'service':
      return { command: `sc.exe ${operation.verb} ${quoted(operation.service)}`, aside };
    case 'start-type':
      return {
        command: commandLine(['sc.exe', ...startTypeArguments(operation.service, operation.startType)]),
        aside,
      };
    case 'certificate':
      return { words: certificateWords(operation), aside };
    case 'human':
      return { words: operation.text, aside, hand: true };
  }
}

/** A command line for display: arguments with spaces or special characters in quotes. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quoted).join(' ');
}

function commandAside({ env = [], folder }: CommandOperation): string[] {
  return [
    ...(folder === undefined ? [] : [`in ${quoted(folder)}`]),
    ...(env.length === 0 ? [] : [`environment: ${env.join(', ')}`]),
  ];
}

function fileWords({ verb, path, source }: FileOperation): string {
  const words: Record<FileOperation['verb'], string> = {
    read: 'read',
    write: 'write',
    copy: 'copy',
    move: 'move',
    'make-folder': 'make folder',
    remove: 'remove',
    check: 'check',
  };
  return source === undefined
    ? `${words[verb]} ${quoted(path)}`
    : `${words[verb]} ${quoted(source)} to ${quoted(path)}`;
}

function certificateWords({ verb, store, thumbprint, subject, file, account }: CertificateOperation): string {
  if (verb === 'list') return `list certificates in ${store}`;
  const which = subject ?? thumbprint;
  const name = which === undefined ? 'certificate' : `certificate ${which}`;
  if (verb === 'import') {
    const access = account === undefined ? '' : `, its key readable for ${account}`;
    return `import ${file === undefined ? name : quoted(file)} into ${store}${access}`;
  }
  if (verb === 'give-access') return `let ${account ?? 'the account'} read the key of ${name} in ${store}`;
  const words = `${verb} ${name} from ${store}`;
  return file === undefined ? words : `${words} to ${quoted(file)}`;
}
