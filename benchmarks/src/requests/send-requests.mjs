import { connect } from 'node:net';
import { once } from 'node:events';

const CONNECTIONS = 10;

/**
 * Sends `count` GET requests over kept connections, each waiting for its answer, and resolves when all are answered with 200.
 * A client of a few lines, because it shares two cores with the server.
 */
export async function sendRequests(port, count) {
  let sent = 0;
  const next = () => {
    sent += 1;
    return sent <= count ? requestText(port, sent) : undefined;
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, () => useConnection(port, next)));
}

function requestText(port, number) {
  return `GET /orders/${number % 1_000} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n\r\n`;
}

async function useConnection(port, next) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  await new Promise((resolve, reject) => {
    let received = '';
    const sendNext = () => {
      const text = next();
      if (text === undefined) {
        resolve();
      } else {
        socket.write(text);
      }
    };
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed the connection.')));
    socket.on('data', (chunk) => {
      received += chunk;
      const end = received.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(received)?.[1];
      if (end === -1 || received.length < end + 4 + Number(length)) {
        return;
      }
      if (!received.startsWith('HTTP/1.1 200')) {
        reject(new Error(`The server answered ${received.slice(0, 200)}`));
      }
      received = '';
      sendNext();
    });
    sendNext();
  });
  socket.destroy();
}
