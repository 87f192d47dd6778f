import { int32, toMessage, type WireMessage } from './message-reader.ts';

const PROTOCOL_3 = 196_608;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;

// What PgBouncer keeps track of, and therefore takes; everything else it refuses unless told to ignore it.
const TAKEN = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'datestyle',
  'standard_conforming_strings',
  'timezone',
]);

/** What the first message of a client asks for. */
export type Startup =
  | { kind: 'encryption' }
  | { kind: 'start'; parameters: ReadonlyMap<string, string> }
  | { kind: 'other' };

/** Reads the first message of a client. */
export function readStartup({ body }: WireMessage): Startup {
  const code = body.readUInt32BE(0);
  if (code === SSL_REQUEST || code === GSS_REQUEST) {
    return { kind: 'encryption' };
  }
  if (code !== PROTOCOL_3) {
    return { kind: 'other' };
  }
  const texts = body.subarray(4).toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length && texts[at] !== ''; at += 2) {
    parameters.set(texts[at] as string, texts[at + 1] as string);
  }
  return { kind: 'start', parameters };
}

/** The first parameter a pooler in transaction mode refuses. */
export function findRefusedParameter(parameters: ReadonlyMap<string, string>): string | undefined {
  return [...parameters.keys()].find((name) => !TAKEN.has(name.toLowerCase()));
}

/** The answers that let a client in without a password, and tell it the settings the library relies on. */
export function welcome(settings: ReadonlyMap<string, string>): Buffer {
  return Buffer.concat([
    toMessage('R', int32(0)),
    ...[...settings].map(([name, value]) => toMessage('S', `${name}\0${value}\0`)),
    toMessage('K', int32(process.pid), int32(0)),
    toMessage('Z', 'I'),
  ]);
}

/** An error that ends the connection. */
export function fatal(code: string, message: string): Buffer {
  return toMessage('E', `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
}
