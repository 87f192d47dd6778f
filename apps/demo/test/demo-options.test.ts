import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { parseDemoOptions } from '../src/demo-options.ts';
import { assertPortFree } from '../src/free-port.ts';

it('fills in the defaults', () => {
  expect(parseDemoOptions([], {})).toEqual({
    once: false,
    seconds: 6,
    gatewayPort: 4310,
    ordersPort: 4311,
    fulfilmentPort: 4312,
    databaseUrl: undefined,
  });
});

it('takes ports, seconds and a database of yours', () => {
  const options = parseDemoOptions(['--once', '--seconds', '2', '--gateway-port', '5000'], {
    DATABASE_URL: 'postgres://x/y',
  });

  expect(options).toMatchObject({ once: true, seconds: 2, gatewayPort: 5000, databaseUrl: 'postgres://x/y' });
});

it.each([[['--gateway-port', 'http']], [['--seconds', '0']], [['--orders-port', '70000']], [['--unknown']]])(
  'refuses %s',
  (args) => {
    expect(() => parseDemoOptions(args, {})).toThrow();
  },
);

it('says which port is taken and how to choose another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;

  const refused = assertPortFree(port, '--gateway-port');

  await expect(refused).rejects.toThrow(`Port ${port} is taken`);
  await expect(assertPortFree(port, '--gateway-port')).rejects.toThrow('--gateway-port');
  server.close();
});
