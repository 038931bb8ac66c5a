import { createServer } from 'node:http';

const PORT = 4444;
const TRY_AGAIN_MS = 200;

/**
 * Answers on the port of the Repository Service that it is running (state 2), as a stand-in for it: the port is fixed.
 * When another test run on this machine answers already, the same, this one waits for its turn.
 */
export function answerAsRepository(): { close(): Promise<void> } {
  const server = createServer((_request, response) => {
    response.end('2');
  });
  let timer: NodeJS.Timeout | undefined;
  server.on('error', () => {
    timer = setTimeout(() => server.listen(PORT), TRY_AGAIN_MS);
  });
  server.listen(PORT);
  return {
    close: () =>
      new Promise((resolve) => {
        clearTimeout(timer);
        server.removeAllListeners('error').on('error', () => undefined);
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
