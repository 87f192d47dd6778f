import { createServer } from 'node:net';

/** Fails with a message for people when something else listens on the port. */
export function assertPortFree(port: number, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} is taken by another program. Choose another: npm start -- ${flag} ${port + 1_000}`,
            )
          : new Error(`Cannot listen on port ${port}: ${error.message}. Choose another with ${flag}.`),
      );
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
