/**
 * The path by which this machine reaches a path of another Windows server: `C:\x` is `\\host\C$\x`, over its
 * administrative share. What is no path on a drive (a UNC path) is the same from here.
 */
export function reachThrough(host: string): (path: string) => string {
  // No colon can stand in a UNC path: Windows has a name for each IPv6 address.
  const server = host.includes(':') ? `${host.replaceAll(':', '-')}.ipv6-literal.net` : host;
  return (path) => {
    const [, drive, rest] = /^(?:\\\\\?\\)?([A-Za-z]):[\\/](.*)$/su.exec(path) ?? [];
    if (drive === undefined || rest === undefined) return path;
    return `\\\\${server}\\${drive.toUpperCase()}$\\${rest.replaceAll('/', '\\')}`;
  };
}
