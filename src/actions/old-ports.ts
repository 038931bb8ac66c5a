import type { HttpOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { Look } from './check-action.ts';

/** What the Repository Service of any node listens on, and its state (manual 1.3, "Ports"). */
export const REPOSITORY_PORTS = [4242, 4444] as const;

/** A look whether one of them is open. */
export function knock(host: string, port: number): HttpOperation {
  return {
    kind: 'http',
    method: 'GET',
    url: `${port === 4444 ? 'http' : 'https'}://${host}:${String(port)}/`,
    effect: 'read',
    // Not of a host that is this one.
    repeat: true,
  };
}

/** Where and how long to knock. */
interface Knocking {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly ports: readonly number[];
  /** A port of this machine that stands for the host, of a simulated node. */
  readonly standIn?: number | undefined;
}

/** Which of the ports of a host are open. */
export async function openPorts(
  network: ActionCollaborators['network'],
  host: string,
  { standIn, ports, ...limits }: Knocking,
  look: Look,
): Promise<number[]> {
  const answers = await Promise.all(
    ports.map(async (port) => ({
      port,
      open: await look(knock(host, port), () =>
        standIn === undefined
          ? network.answers(host, port, limits)
          : network.answers('127.0.0.1', standIn, limits),
      ),
    })),
  );
  return answers.filter(({ open }) => open).map(({ port }) => port);
}

/** Whether what answers to a name is this machine. */
export async function leadsHere(network: ActionCollaborators['network'], host: string): Promise<boolean> {
  const addresses = await network.addresses(host);
  const own = network.own();
  return addresses.length > 0 && addresses.every((address) => own.includes(address));
}
