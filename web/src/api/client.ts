// One way to the server: JSON in and out, the CSRF token on everything that changes something, errors as values of one
// class. Nothing here keeps state but the token of the session.
import { t } from '../text';
import type { Problem } from './types';

const base = '/api/v1';
let csrf: string | null = null;
let onSignedOut: () => void = () => {};

export function setCsrf(token: string | null): void {
  csrf = token;
}

// What to do when the server says that the session has ended.
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

// An answer that is no success, or no answer at all (status 0).
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: Record<string, string> = {},
    readonly current: unknown = undefined,
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }
}

export interface RequestOptions {
  body?: unknown;
  etag?: string;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

type Query = Record<string, string | number | boolean | null | undefined>;

// Leaves out what is empty, so that an address says only what was chosen.
export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

export function address(path: string, query?: Query): string {
  return base + withQuery(path, query);
}

async function failure(response: Response): Promise<ApiError> {
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Partial<Problem>;
  } catch {
    // A proxy's page, perhaps: the status has to do.
  }
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { field, message } of problem.errors ?? []) fields[field] = message;
  const retry = Number(response.headers.get('retry-after'));
  return new ApiError(
    response.status,
    problem.code ?? 'unknown',
    problem.detail ?? t('error.status', { status: response.status }),
    fields,
    problem.current,
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

// Throws ApiError, and nothing else but an AbortError when `signal` says so.
export async function call<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.etag) headers['If-Match'] = options.etag;
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  let response: Response;
  try {
    response = await fetch(base + path, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: options.signal,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(0, 'offline', t('error.offline'));
  }
  // A new password makes a new session, and with it a new proof that a request comes from here.
  const renewed = response.headers.get('X-CSRF-Token');
  if (renewed) setCsrf(renewed);
  if (!response.ok) {
    const error = await failure(response);
    if (error.status === 401 && error.code === 'unauthenticated') onSignedOut();
    throw error;
  }
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

// The entity tag as If-Match wants it, whether the server gave it with its quotes or without.
export function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
