import { oneLine } from '../message-text.ts';
import { retryAfterToMs } from '../retry-after.ts';
import { DELIVERED } from '../send-outcome.ts';
import type { SendContext, SendOutcome } from '../send-outcome.ts';

/** What is posted. */
export interface JsonPost {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

// Enough for what a receiver says against a message; a larger answer is not for us.
const MAX_ANSWER_BYTES = 4_096;
const SHOWN_CHARACTERS = 200;

// The message itself was not understood; what is about the way, the rights or the load may be mended meanwhile.
const REFUSED: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/**
 * Posts JSON. Delivered is what is answered with 2xx; redirects are not followed, and of the answer no more than 4 KiB are read.
 * Never rejects.
 */
export async function postJson(post: JsonPost, { signal, nowMs }: SendContext): Promise<SendOutcome> {
  let response: Response;
  try {
    response = await fetch(post.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...post.headers, 'content-type': 'application/json', 'user-agent': 'pg-observability' },
      body: post.body,
      signal,
    });
  } catch (error) {
    return { isDelivered: false, error: describeFailure(error) };
  }
  const answer = await readAnswer(response);
  if (response.ok) {
    return DELIVERED;
  }
  const said = answer === '' ? '' : `: ${answer}`;
  const redirect = response.status >= 300 && response.status < 400 ? ', and redirects are not followed' : '';
  return {
    isDelivered: false,
    error: `The receiver answered ${response.status}${redirect}${said}`,
    retryAfterMs: retryAfterToMs(response.headers.get('retry-after'), nowMs),
    isRefused: REFUSED.has(response.status),
  };
}

/** The beginning of what was answered. What breaks off there changes nothing: the status has come. */
async function readAnswer(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk as Uint8Array);
      size += (chunk as Uint8Array).length;
      if (size >= MAX_ANSWER_BYTES) {
        break;
      }
    }
  } catch {
    // Read as far as it came.
  }
  return oneLine(Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8')).slice(
    0,
    SHOWN_CHARACTERS,
  );
}

/** `fetch failed` says nothing, and its cause does. */
function describeFailure(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
  const parts = [code, message].filter((part) => typeof part === 'string' && part !== '');
  return `The receiver cannot be reached: ${oneLine(parts.join(' ') || String(cause)).slice(0, SHOWN_CHARACTERS)}`;
}
