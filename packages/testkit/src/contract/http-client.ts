import { Agent, request as openRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** What a test sends. */
export interface HttpSend {
  method?: string;
  headers?: OutgoingHttpHeaders;
  /** Written in these pieces, one per turn of the event loop. */
  body?: string | readonly string[];
  /** For requests over one connection; default is a connection of its own. */
  agent?: Agent;
}

/** What came back. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends a request exactly as told: unlike `fetch`, nothing is added but `host` and the framing of the body. */
export async function sendHttp(url: string, send: HttpSend = {}): Promise<HttpAnswer> {
  const request = startHttp(url, send);
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
  });
  const pieces = typeof send.body === 'string' ? [send.body] : (send.body ?? []);
  for (const piece of pieces) {
    request.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  request.end();
  return answer;
}

/** Sends a request and parses the JSON of the answer. */
export async function sendForJson<Body>(url: string, send: HttpSend = {}): Promise<Body> {
  const { body } = await sendHttp(url, send);
  return JSON.parse(body) as Body;
}

/** Opens a request without ending it, for a client that goes away. */
export function startHttp(
  url: string,
  { method = 'GET', headers = {}, agent }: HttpSend = {},
): ClientRequest {
  return openRequest(url, { method, headers, agent: agent ?? false });
}

/** Runs `work` with an agent that has one connection and keeps it. */
export function withOneConnection<Result>(work: (agent: Agent) => Promise<Result>): Promise<Result> {
  return withKeptConnections(work, 1);
}

/** Runs `work` with an agent that keeps its connections, as many as there are requests at once. */
export async function withKeptConnections<Result>(
  work: (agent: Agent) => Promise<Result>,
  maxSockets: number = Number.POSITIVE_INFINITY,
): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets });
  try {
    return await work(agent);
  } finally {
    agent.destroy();
  }
}
