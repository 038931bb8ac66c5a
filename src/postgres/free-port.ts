import net from 'node:net';

/**
 * A TCP port of 127.0.0.1 that nobody listened on a moment ago, and none of `avoid`. Someone else may take it before
 * we do.
 */
export async function findFreePort(avoid: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = await anyFreePort();
    if (!avoid.includes(port)) return port;
  }
}

async function anyFreePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new TypeError('no port was given'));
        else resolve(address.port);
      });
    });
  });
}
