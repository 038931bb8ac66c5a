/** Whether two host names mean one machine: without regard to case, and a short name fits a full one. */
export function sameHost(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left === right || left.startsWith(`${right}.`) || right.startsWith(`${left}.`);
}

/** Whether a host is what every machine calls itself, so that it means another one on another machine. */
export function isThisMachine(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1', '.'].includes(host.toLowerCase());
}
