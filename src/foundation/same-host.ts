/** Whether two host names mean one machine: without regard to case, and a short name fits a full one. */
export function sameHost(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left === right || left.startsWith(`${right}.`) || right.startsWith(`${left}.`);
}
