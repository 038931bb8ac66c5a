import { BlockList, isIP } from 'node:net';

/** One rule of pg_hba.conf as `pg_hba_file_rules` tells it. */
export interface HbaRule {
  readonly line: number;
  /** Absent before PostgreSQL 16, which can include further files. */
  readonly file?: string;
  readonly type: string;
  readonly databases: readonly string[];
  readonly users: readonly string[];
  /** An address with its netmask, a host name, or `all`, `samehost`, `samenet`. */
  readonly address: string | null;
  readonly netmask: string | null;
  readonly method: string;
}

/** A node that is to log in. */
export interface HbaClient {
  readonly host: string;
  /** One address, or a range `10.0.0.0/24`. */
  readonly address: string;
}

/** How the nodes log in. */
export interface HbaLogin {
  readonly role: string;
  readonly databases: readonly string[];
  readonly ssl: boolean;
  readonly method: string;
}

/** What is to be added to a pg_hba.conf. */
export interface Admission {
  readonly lines: readonly string[];
  /** The rule that would refuse them, and that they must stand before; absent: the end of the file. */
  readonly before?: HbaRule;
}

/**
 * Lines for the clients that no rule admits to every database. The first rule that fits decides (PostgreSQL's manual, "The
 * pg_hba.conf File"), so the lines go before the first one that refuses one of them.
 */
export function admit(rules: readonly HbaRule[], clients: readonly HbaClient[], login: HbaLogin): Admission {
  const lines: string[] = [];
  const refusing: HbaRule[] = [];
  for (const client of clients) {
    const deciding = login.databases.map((database) =>
      rules.find((rule) => fits(rule, client, database, login)),
    );
    if (deciding.every((rule) => rule !== undefined && rule.method !== 'reject')) continue;
    const line = hbaLine(client, login);
    if (!lines.includes(line)) lines.push(line);
    refusing.push(
      ...deciding.filter((rule) => rule?.method === 'reject').filter((rule) => rule !== undefined),
    );
  }
  const before = refusing.sort((a, b) => rules.indexOf(a) - rules.indexOf(b))[0];
  return { lines, ...(before === undefined ? {} : { before }) };
}

function hbaLine({ address }: HbaClient, { role, ssl, method }: HbaLogin): string {
  const user = /^[a-z_][a-z0-9_]*$/.test(role) ? role : `"${role}"`;
  const range = address.includes('/') ? address : `${address}/${isIP(address) === 6 ? '128' : '32'}`;
  return [ssl ? 'hostssl' : 'host', 'all', user, range, method].join('    ');
}

function fits(rule: HbaRule, client: HbaClient, database: string, { role, ssl }: HbaLogin): boolean {
  const types = ['host', ssl ? 'hostssl' : 'hostnossl'];
  return (
    types.includes(rule.type) &&
    (rule.databases.includes('all') || rule.databases.includes(database)) &&
    (rule.users.includes('all') || rule.users.includes(role)) &&
    covers(rule, client)
  );
}

/** Whether all of the client's addresses are in the rule's; what cannot be told from here is not. */
function covers({ address, netmask }: HbaRule, client: HbaClient): boolean {
  if (address === null) return false;
  if (address === 'all') return true;
  const family = isIP(address);
  if (family === 0) return address.toLowerCase() === client.host.toLowerCase();
  const [first = '', bits] = client.address.split('/');
  if (isIP(first) !== family) return false;
  const prefix = netmask === null ? (family === 6 ? 128 : 32) : prefixOf(netmask);
  if (bits !== undefined && Number(bits) < prefix) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return list.check(first, family === 6 ? 'ipv6' : 'ipv4');
}

/** Bits of a netmask: `255.255.255.0` has 24. */
function prefixOf(netmask: string): number {
  if (isIP(netmask) === 4) return netmask.split('.').reduce((sum, part) => sum + bitsIn(Number(part)), 0);
  return netmask
    .split(':')
    .filter((part) => part !== '')
    .reduce((sum, part) => sum + bitsIn(Number.parseInt(part, 16)), 0);
}

function bitsIn(number: number): number {
  return number.toString(2).replaceAll('0', '').length;
}
