import { connect } from 'node:net';

/** No case of a contract takes nearly as long; without it a missing end would show as a test that hangs. */
const PATIENCE_MS = 15_000;

/**
 * Sends bytes over a connection of its own and answers every byte that came back until the server closed it.
 *
 * @param port on 127.0.0.1
 * @param pieces the first is sent at once, each next when the one before has been answered by at least one byte
 * @returns the bytes as latin1 text, so that two answers can be compared and a difference be read
 * @throws when the server has not closed the connection in time
 * @example `await exchangeRaw(port, ['GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n']);`
 */
export function exchangeRaw(port: number, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const waiting = pieces.map((piece) => Buffer.from(piece, 'latin1'));
    const socket = connect({ port, host: '127.0.0.1' });
    const sendNext = (): void => {
      const piece = waiting.shift();
      if (piece !== undefined) {
        socket.write(piece);
      }
    };
    socket.setTimeout(PATIENCE_MS, () => {
      const got = Buffer.concat(received).toString('latin1');
      socket.destroy(new Error(`The server has not closed the connection after: ${got.slice(-500)}`));
    });
    socket.on('connect', sendNext);
    socket.on('data', (bytes) => {
      received.push(bytes);
      sendNext();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that gives up in the middle resets the connection; what came before is the answer.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') {
        reject(error);
      }
    });
    socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')));
  });
}

/**
 * Takes out of raw answers what differs between two runs of one server, which is the date, and the header of ours.
 *
 * @param answer what {@link exchangeRaw} answered
 */
export function comparableAnswer(answer: string): string {
  return answer
    .replace(/^date: [^\r\n]*\r\n/gim, 'Date: *\r\n')
    .replace(/^x-correlation-id: [^\r\n]*\r\n/gim, '');
}
