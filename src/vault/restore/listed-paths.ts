import { isWithin } from '../../foundation/path-order.ts';
import type { FileEntry } from '../vault.ts';
import { isOwnName } from './own-names.ts';

/** Device names of Windows, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;
/** Characters that Windows has in no name, `:` among them: it would name a drive or a stream. */
const NOT_IN_WINDOWS = /[\u0000-\u001f<>:"|?*\\]/;
const NANOSECONDS = /^-?\d{1,19}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Why the entry of a listing must not be restored; undefined when it may be. A listing is not trusted: nothing it says may
 * lead out of the set or out of the target.
 */
export function whyNotRestored(
  { path, size, mtimeNs, sha256 }: FileEntry,
  windows: boolean,
): string | undefined {
  const isFolder = path.endsWith('/');
  const hasContent = isFolder ? size === 0 && sha256 === '' : size >= 0 && SHA256.test(sha256);
  if (!hasContent || !NANOSECONDS.test(mtimeNs)) return 'is not listed as a file or an empty folder is';
  for (const name of (isFolder ? path.slice(0, -1) : path).split('/')) {
    const reason = whyNotNamed(name, windows);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Why a name must not be that of a file or folder that is restored; undefined when it may. */
export function whyNotNamed(name: string, windows: boolean): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'leads out of its folder';
  if (name.includes('\0')) return 'has a character that no file system has in a name';
  if (/\p{Surrogate}/u.test(name)) return 'has a name that is no valid text';
  if (isOwnName(name)) return 'has a name that restores keep for themselves';
  if (!windows) return undefined;
  if (NOT_IN_WINDOWS.test(name)) return 'has a character that Windows has in no name';
  if (/[. ]$/.test(name)) return 'ends with a dot or a space, which Windows takes away';
  return DEVICE.test(name) ? 'has the name of a device on Windows' : undefined;
}

/** Looks at the paths of a listing in their order and tells which do not go together. */
export interface PathCompany {
  /** Why this path cannot be restored beside those before it; undefined when it can. */
  add(path: string): string | undefined;
}

/**
 * Finds a path below another file and, for Windows, names in one folder that differ only in case. Holds the names of the
 * folders on the way down, as walking a tree does.
 */
export function createPathCompany(windows: boolean): PathCompany {
  let previous: string | undefined;
  const folders: { readonly path: string; readonly names: Map<string, string> }[] = [];

  function sameButForCase(path: string): string | undefined {
    const names = path.split('/');
    let folder = '';
    for (const [depth, name] of names.entries()) {
      if (folders[depth]?.path !== folder) {
        folders.length = depth;
        folders.push({ path: folder, names: new Map() });
      }
      const known = folders[depth]?.names;
      const folded = foldCase(name);
      const other = known?.get(folded);
      if (other !== undefined && other !== name) return folder === '' ? other : `${folder}/${other}`;
      known?.set(folded, name);
      folder = folder === '' ? name : `${folder}/${name}`;
    }
    return undefined;
  }

  return {
    add(path) {
      const plain = path.endsWith('/') ? path.slice(0, -1) : path;
      if (previous !== undefined && isWithin(plain, previous))
        return `lies in ${previous}, which is listed as a file or an empty folder`;
      previous = plain;
      if (!windows) return undefined;
      const other = sameButForCase(plain);
      return other === undefined
        ? undefined
        : `differs only in case from ${other}, and on Windows they are one`;
    },
  };
}

/** As NTFS compares names: each code unit by itself, so that none becomes longer. */
export function foldCase(name: string): string {
  if (/^[\u0000-\u007f]*$/.test(name)) return name.toUpperCase();
  return Array.from({ length: name.length }, (_, index) => {
    const upper = name.charAt(index).toUpperCase();
    return upper.length === 1 ? upper : name.charAt(index);
  }).join('');
}
