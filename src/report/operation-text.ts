import type {
  CertificateOperation,
  CommandOperation,
  FileOperation,
  Operation,
} from '../contract/operation.ts';

/** Characters that need no quotes in cmd.exe, PowerShell or a POSIX shell. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./\\~-]+$/;

/**
 * One operation as one would type it, for plans, reports and the terminal. Placeholders such as `<set>` stay as they
 * are. For display only: nothing is ever run from this text.
 */
export function operationText(operation: Operation): string {
  const text = operationWords(operation);
  return operation.repeat === true ? `${text} (if needed)` : text;
}

/** A command line for display: arguments with spaces or special characters in quotes. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

function operationWords(operation: Operation): string {
  switch (operation.kind) {
    case 'command':
      return commandWords(operation);
    case 'sql':
      return `SQL in ${operation.database}: ${operation.text.replace(/\s+/g, ' ').trim()}`;
    case 'http':
      return `${operation.method} ${operation.url}`;
    case 'file':
      return fileWords(operation);
    case 'service':
      return `sc.exe ${operation.verb} ${quote(operation.service)}`;
    case 'certificate':
      return certificateWords(operation);
    case 'human':
      return `by hand: ${operation.text}`;
  }
}

function commandWords({ argv, env = [], folder }: CommandOperation): string {
  const aside = [
    ...(folder === undefined ? [] : [`in ${quote(folder)}`]),
    ...(env.length === 0 ? [] : [`environment: ${env.join(', ')}`]),
  ];
  const line = commandLine(argv);
  return aside.length === 0 ? line : `${line} (${aside.join('; ')})`;
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
    ? `${words[verb]} ${quote(path)}`
    : `${words[verb]} ${quote(source)} to ${quote(path)}`;
}

function certificateWords({ verb, store, thumbprint, subject, file, account }: CertificateOperation): string {
  if (verb === 'list') return `list certificates in ${store}`;
  const which = subject ?? thumbprint;
  const name = which === undefined ? 'certificate' : `certificate ${which}`;
  if (verb === 'import') {
    const access = account === undefined ? '' : `, its key readable for ${account}`;
    return `import ${file === undefined ? name : quote(file)} into ${store}${access}`;
  }
  const words = `${verb} ${name} from ${store}`;
  return file === undefined ? words : `${words} to ${quote(file)}`;
}

function quote(argument: string): string {
  if (PLAIN.test(argument)) return argument;
  if (!/["$`!]/.test(argument)) return `"${argument}"`;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
