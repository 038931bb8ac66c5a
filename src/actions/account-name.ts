import { sameHost } from '../foundation/same-host.ts';

/** An account as Windows writes it, `DOMAIN\name`: given by hand, the stroke may be the other one. */
export function accountName(given: string): string {
  return given.trim().replaceAll('/', '\\');
}

/** Whether two names mean one account; `.\name` is one of the machine `host` itself. */
export function sameAccount(one: string, other: string, host: string): boolean {
  const [left, right] = [accountName(one).toLowerCase(), accountName(other).toLowerCase()];
  return left === right || isLocal(left, right, host) || isLocal(right, left, host);
}

function isLocal(short: string, full: string, host: string): boolean {
  const [domain = '', name] = full.split('\\');
  return short.startsWith('.\\') && short.slice(2) === name && sameHost(domain, host);
}
