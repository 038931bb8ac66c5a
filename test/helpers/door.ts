import { connect, createServer } from 'node:net';

/** One port with several servers behind it. */
export interface Door {
  readonly port: number;
  close(): void;
}

/** Opens a port of this machine; `target` says for each connection which port is behind it. */
export async function openDoor(target: () => number): Promise<Door> {
  const door = createServer((socket) => {
    const server = connect(target(), '127.0.0.1');
    const end = () => {
      socket.destroy();
      server.destroy();
    };
    socket.pipe(server).pipe(socket);
    for (const side of [socket, server]) side.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as { port: number };
  return { port, close: () => void door.close() };
}
