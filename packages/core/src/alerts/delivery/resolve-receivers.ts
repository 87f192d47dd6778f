import { ObservabilityError } from '../../errors/observability-error.ts';
import type { ResolvedReceiver } from './delivery-options.ts';
import { invalidOption, isOptions, resolveBoolean, resolveMs } from './option-checks.ts';
import type { AlertReceiver } from './receiver-options.ts';
import { isEmailTransport } from './receivers/email-transport.ts';
import { secretToKey } from './receivers/sign-webhook.ts';

const MAX_RECEIVERS = 50;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
// RFC 9110: a token, and a value without control characters.
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8000}$/;
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
// One address, with a name or without: line breaks would begin a header of their own.
const ADDRESS = /^[^\r\n\0]{1,320}$/;

const COMMON = ['kind', 'timeoutMs', 'sendAcknowledged', 'sendResolved'];
const HTTP = [...COMMON, 'url', 'headers'];

const KINDS: Readonly<Record<AlertReceiver['kind'], readonly string[]>> = {
  webhook: [...HTTP, 'secret'],
  slack: HTTP,
  alertmanager: [...HTTP, 'labels', 'resendIntervalMs'],
  email: [...COMMON, 'transport', 'from', 'to'],
  log: COMMON,
  notify: [...COMMON, 'notify'],
};

/**
 * Checks `alerts.receivers` and fills the defaults in.
 * @param repeatIntervalMs how often open alerts are told again; null for never
 * @throws `INVALID_OPTION`; secrets and addresses are not in the message
 */
export function resolveReceivers(
  receivers: unknown,
  repeatIntervalMs: number | null,
): readonly ResolvedReceiver[] {
  if (receivers === undefined) {
    return [];
  }
  if (!isOptions(receivers)) {
    throw invalidOption('alerts.receivers', receivers, "an object such as { ops: { kind: 'log' } }");
  }
  const entries = Object.entries(receivers);
  if (entries.length > MAX_RECEIVERS) {
    throw invalidOption('The number of alerts.receivers', entries.length, `at most ${MAX_RECEIVERS}`);
  }
  return entries.map(([name, receiver]) => {
    if (!NAME.test(name)) {
      throw invalidOption(
        'A name in alerts.receivers',
        name,
        '1 to 64 characters out of A-Z a-z 0-9 . _ -, the first a letter or digit',
      );
    }
    return resolveReceiver(name, receiver, repeatIntervalMs);
  });
}

function resolveReceiver(name: string, given: unknown, repeatIntervalMs: number | null): ResolvedReceiver {
  const path = `alerts.receivers.${name}`;
  const receiver = toKnownReceiver(path, given);
  const isAlertmanager = receiver.kind === 'alertmanager';
  return Object.freeze({
    name,
    receiver,
    timeoutMs: resolveMs(`${path}.timeoutMs`, receiver.timeoutMs, 10_000, 100, 300_000),
    sendAcknowledged: resolveBoolean(`${path}.sendAcknowledged`, receiver.sendAcknowledged, true),
    sendResolved: resolveBoolean(`${path}.sendResolved`, receiver.sendResolved, true),
    repeatIntervalMs: isAlertmanager
      ? resolveMs(`${path}.resendIntervalMs`, receiver.resendIntervalMs, 60_000, 1_000, 86_400_000)
      : repeatIntervalMs,
    repeatsAcknowledged: isAlertmanager,
  });
}

/** A copy, so that nobody changes it later. */
function toKnownReceiver(path: string, given: unknown): AlertReceiver {
  const kinds = Object.keys(KINDS);
  if (!isOptions(given)) {
    throw invalidOption(path, given, "an object such as { kind: 'webhook', url: 'https://…' }");
  }
  const { kind } = given;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    throw invalidOption(`${path}.kind`, kind, `one of ${kinds.join(', ')}`);
  }
  const receiver = { ...given } as unknown as AlertReceiver;
  const allowed = KINDS[receiver.kind];
  const unknown = Object.keys(given).find((key) => !allowed.includes(key));
  if (unknown !== undefined) {
    throw invalidOption(`A key of ${path}`, unknown, allowed.join(', '));
  }
  assertReceiver(path, receiver);
  return Object.freeze(receiver);
}

function assertReceiver(path: string, receiver: AlertReceiver): void {
  switch (receiver.kind) {
    case 'webhook':
      assertHttp(path, receiver.url, receiver.headers);
      assertSecret(path, receiver.secret);
      return;
    case 'slack':
      assertHttp(path, receiver.url, receiver.headers);
      return;
    case 'alertmanager':
      assertHttp(path, receiver.url, receiver.headers);
      assertLabels(`${path}.labels`, receiver.labels);
      return;
    case 'email':
      assertEmail(path, receiver.transport, receiver.from, receiver.to);
      return;
    case 'notify':
      if (typeof receiver.notify !== 'function') {
        throw invalidOption(`${path}.notify`, receiver.notify, 'a function (message) => promise');
      }
      return;
    case 'log':
      return;
  }
}

function assertHttp(path: string, url: unknown, headers: unknown): void {
  const isUrl = typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isUrl) {
    // The address of a webhook is a secret, so it is not shown.
    const what = typeof url === 'string' ? 'text that is none' : 'no text';
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${path}.url is ${what}; expected an address that begins with https:// or http://.`,
    );
  }
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${path}.url has a user or password in it, which fetch does not take. Give headers: { authorization: 'Basic …' }.`,
    );
  }
  assertHeaders(`${path}.headers`, headers);
}

function assertHeaders(path: string, headers: unknown): void {
  if (headers === undefined) {
    return;
  }
  if (!isOptions(headers)) {
    throw invalidOption(path, headers, "an object such as { authorization: 'Bearer …' }");
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      throw invalidOption(`A header in ${path}`, name, 'a name and a value without line breaks');
    }
  }
}

function assertSecret(path: string, secret: unknown): void {
  if (secret === undefined) {
    return;
  }
  const secrets: unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0 || secrets.some((each) => secretToKey(each) === undefined)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${path}.secret is no secret of Standard Webhooks; expected whsec_ and 24 to 64 bytes in base64, or a list of such. Make one: echo whsec_$(openssl rand -base64 32)`,
    );
  }
}

function assertLabels(path: string, labels: unknown): void {
  if (labels === undefined) {
    return;
  }
  if (!isOptions(labels)) {
    throw invalidOption(path, labels, "an object such as { cluster: 'eu-1' }");
  }
  for (const [name, value] of Object.entries(labels)) {
    if (!LABEL_NAME.test(name) || typeof value !== 'string') {
      throw invalidOption(`A label in ${path}`, name, 'a name out of A-Z a-z 0-9 _ and a text');
    }
  }
}

function assertEmail(path: string, transport: unknown, from: unknown, to: unknown): void {
  const isTransport =
    isEmailTransport(transport) ||
    isOptions(transport) ||
    (typeof transport === 'string' && /^smtps?:\/\/./.test(transport));
  if (!isTransport) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${path}.transport is none; expected smtp://… or smtps://…, the options of nodemailer, or a transport.`,
    );
  }
  assertAddresses(`${path}.from`, [from]);
  assertAddresses(`${path}.to`, Array.isArray(to) ? to : [to]);
}

function assertAddresses(path: string, addresses: readonly unknown[]): void {
  const wrong = addresses.find(
    (address) => typeof address !== 'string' || !ADDRESS.test(address) || !address.includes('@'),
  );
  if (addresses.length === 0 || wrong !== undefined || addresses.includes(undefined)) {
    throw invalidOption(path, wrong, "an address such as 'ops@example.org'");
  }
}
