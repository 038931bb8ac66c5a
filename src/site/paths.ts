import { posix, win32 } from 'node:path';

/** Whether a path is written the Windows way: a drive letter, or two slashes of either kind and a host. */
export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(path) || /^(\\\\|\/\/)[^\\/]/.test(path);
}

/** Whether a path is complete on Windows or elsewhere, wherever this runs. */
export function isCompletePath(path: string): boolean {
  return isWindowsPath(path) || posix.isAbsolute(path);
}

/** Joins names to a folder with the separator that the folder uses. */
export function joinPath(folder: string, ...names: string[]): string {
  return isWindowsPath(folder) ? win32.join(folder, ...names) : posix.join(folder, ...names);
}

/** Whether `path` is `folder` or lies in it, by name alone; Windows paths without regard to case and slashes. */
export function liesIn(path: string, folder: string): boolean {
  if (isWindowsPath(path) !== isWindowsPath(folder)) return false;
  const [inner, outer] = [comparable(path), comparable(folder)];
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

function comparable(path: string): string {
  const plain = isWindowsPath(path)
    ? win32.normalize(path).replaceAll('\\', '/').toLowerCase()
    : posix.normalize(path);
  return plain.length > 1 ? plain.replace(/\/+$/, '') : plain;
}
