import { ObservabilityError, recordRequestError, requestCorrelationId } from '@pg-observability/core';
import type { ErrorRequestHandler, Response } from 'express';
import { STATUS_CODES } from 'node:http';
import { sendJson } from './send-json.ts';

/** Whose messages are sent. */
export type ShowMessages = 'client-errors' | 'always' | 'never';

/** Options of `errorHandler()`. */
export interface ErrorHandlerOptions {
  /**
   * Whether the message of an error is sent. `client-errors`: for a 4xx, and for an error whose `expose` is true, but not where
   * it is false (the convention of `http-errors`). Default `client-errors`: the message of a 5xx often tells about the inside.
   */
  showMessages?: ShowMessages | undefined;
}

/** Body of an answer of `errorHandler()`. */
export interface ErrorBody {
  /** The message where it may be shown, else the name of the status, for example `Internal Server Error`. */
  error: string;
  /** Under this ID the trace and the log lines are found; absent where no middleware of ours has run. */
  correlationId?: string;
}

// What a handler has prepared for another body than this one.
const STALE_HEADERS = [
  'content-encoding',
  'content-language',
  'content-range',
  'content-length',
  'etag',
  'last-modified',
];

/**
 * Error middleware that notes the error for the span and answers as JSON.
 * @throws `INVALID_OPTION`
 */
export function createErrorHandler({
  showMessages = 'client-errors',
}: ErrorHandlerOptions): ErrorRequestHandler {
  assertShowMessages(showMessages);
  // Express tells error middleware by its four parameters.
  return (error: unknown, request, response, next) => {
    recordRequestError(request, error);
    if (response.headersSent) {
      next(error);
      return;
    }
    const facts = errorToFacts(error);
    const correlationId = requestCorrelationId(request);
    const body: ErrorBody = {
      error: (isShown(facts, showMessages) && facts.message) || STATUS_CODES[facts.status] || 'Error',
      ...(correlationId === undefined ? {} : { correlationId }),
    };
    STALE_HEADERS.forEach((name) => response.removeHeader(name));
    setHeaders(response, facts.headers);
    // Empty stands for the text that belongs to the status.
    response.statusMessage = '';
    sendJson(response, facts.status, body);
  };
}

interface ErrorFacts {
  status: number;
  message: string;
  expose: boolean | undefined;
  headers: unknown;
}

/** Reads the conventions of `http-errors`; anything can be thrown, also something that throws when it is read. */
function errorToFacts(error: unknown): ErrorFacts {
  try {
    const { status, statusCode, message, expose, headers } = Object(error) as Record<string, unknown>;
    return {
      status: [status, statusCode].find(isErrorStatus) ?? 500,
      message: typeof message === 'string' ? message : '',
      expose: typeof expose === 'boolean' ? expose : undefined,
      headers,
    };
  } catch {
    return { status: 500, message: '', expose: undefined, headers: undefined };
  }
}

function isShown({ expose, status }: ErrorFacts, showMessages: ShowMessages): boolean {
  return showMessages === 'client-errors' ? (expose ?? status < 500) : showMessages === 'always';
}

function assertShowMessages(value: unknown): void {
  if (value !== 'client-errors' && value !== 'always' && value !== 'never') {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `showMessages of errorHandler is ${JSON.stringify(value) ?? typeof value}; expected 'client-errors', 'always' or 'never'.`,
    );
  }
}

function isErrorStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600;
}

function setHeaders(response: Response, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) {
    return;
  }
  for (const [name, value] of Object.entries(headers)) {
    try {
      response.setHeader(name, value as string);
    } catch {
      // An error with an impossible header is still an error to be answered.
    }
  }
}
