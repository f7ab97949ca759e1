// Every call that the pages make, with its types. Paths and shapes: docs/api/openapi.yaml.
import { call, newIdempotencyKey, quoted, withQuery } from './client';
import type * as T from './types';

const get = <R>(path: string, signal?: AbortSignal) => call<R>('GET', path, { signal });
const post = <R>(path: string, body: unknown = {}) => call<R>('POST', path, { body });
// For what must not happen twice when an answer is lost on its way.
const create = <R>(path: string, body: unknown) => call<R>('POST', path, { body, idempotencyKey: newIdempotencyKey() });

export const account = {
  session: () => get<T.Session>('/session'),
  logIn: (email: string, password: string) => post<T.Session>('/session', { email, password }),
  secondFactor: (code: string) => post<T.Session>('/session/totp', { code }),
  logOut: () => call<void>('DELETE', '/session'),
  setupLink: (token: string) => get<T.SetupLink>(`/setup/${encodeURIComponent(token)}`),
  setUp: (token: string, body: { email?: string; name?: string; password: string }) =>
    post<T.Session>(`/setup/${encodeURIComponent(token)}`, body),
  me: () => get<T.Admin>('/me'),
  rename: (name: string) => call<T.Admin>('PATCH', '/me', { body: { name } }),
  changePassword: (current: string, next: string) => post<void>('/me/password', { current, new: next }),
  beginTotp: (password: string) => post<{ secret: string; uri: string }>('/me/totp', { password }),
  confirmTotp: (code: string) => post<{ recovery_codes: string[] }>('/me/totp/confirm', { code }),
  endTotp: (password: string) => call<void>('DELETE', '/me/totp', { body: { password } }),
  sessions: () => get<{ items: T.AdminSession[] }>('/me/sessions'),
  endSession: (id: string) => call<void>('DELETE', `/me/sessions/${encodeURIComponent(id)}`),
};

export const admins = {
  list: () => get<{ items: T.Admin[] }>('/admins'),
  invite: (body: { email: string; name: string; role: T.Role }) =>
    create<{ admin: T.Admin; link: string }>('/admins', body),
  edit: (id: number, body: { name?: string; role?: T.Role; disabled?: boolean }) =>
    call<T.Admin>('PATCH', `/admins/${id}`, { body }),
  remove: (id: number) => call<void>('DELETE', `/admins/${id}`),
  reset: (id: number) => post<{ link: string }>(`/admins/${id}/reset`),
  endSessions: (id: number) => call<void>('DELETE', `/admins/${id}/sessions`),
};

export const tokens = {
  list: () => get<{ items: T.Token[] }>('/tokens'),
  create: (body: { name: string; scopes: T.Scope[]; expires_at?: string }) =>
    create<{ token: T.Token; secret: string }>('/tokens', body),
  remove: (id: number) => call<void>('DELETE', `/tokens/${id}`),
};

export const audit = {
  list: (query: { action?: string; actor?: string; cursor?: string }) =>
    get<T.Page<T.AuditEntry>>(withQuery('/audit', query)),
};

export const webhooks = {
  list: (search = '') => get<{ items: T.Webhook[] }>(withQuery('/webhooks', { search })),
  show: (id: number) => get<T.Webhook>(`/webhooks/${id}`),
  create: (body: T.WebhookEdit) => create<{ webhook: T.Webhook; url: string }>('/webhooks', body),
  edit: (id: number, etag: string, body: T.WebhookEdit) =>
    call<T.Webhook>('PATCH', `/webhooks/${id}`, { body, etag: quoted(etag) }),
  remove: (id: number, etag: string) => call<void>('DELETE', `/webhooks/${id}`, { etag: quoted(etag) }),
  turn: (id: number, to: 'pause' | 'resume' | 'disable') => post<T.Webhook>(`/webhooks/${id}/${to}`),
  rotate: (id: number, grace: string) => create<{ url: string; webhook: T.Webhook }>(`/webhooks/${id}/rotate`, { grace }),
  reveal: (id: number) => post<{ url: string }>(`/webhooks/${id}/reveal`),
  // Without a grace the other secrets stay as long as they are kept.
  addSecret: (id: number, body: { secret: string; grace?: string }) => create<T.Webhook>(`/webhooks/${id}/secrets`, body),
  removeSecret: (id: number, secret: number) => call<T.Webhook>('DELETE', `/webhooks/${id}/secrets/${secret}`),
  interpret: (id: number, body: T.Sample & { source?: Partial<T.SourceEdit> }) => post<T.Interpretation>(`/webhooks/${id}/interpret`, body),
  test: (id: number, body: T.TestRequest) => post<T.TestResult>(`/webhooks/${id}/test`, body),
};

export const sources = () => get<{ items: T.Source[] }>('/sources');

const paths: Record<T.SpaceKind, string> = { space: '/spaces', course: '/courses' };

export const spaces = {
  list: (kind: T.SpaceKind, query: { search?: string; archived?: boolean } = {}) =>
    get<{ items: T.Space[] }>(withQuery(paths[kind], query)),
  show: (kind: T.SpaceKind, id: number) => get<T.Space>(`${paths[kind]}/${id}`),
  create: (kind: T.SpaceKind, body: T.SpaceEdit) => create<T.Space>(paths[kind], body),
  edit: (kind: T.SpaceKind, id: number, etag: string, body: T.SpaceEdit) =>
    call<T.Space>('PATCH', `${paths[kind]}/${id}`, { body, etag: quoted(etag) }),
  remove: (kind: T.SpaceKind, id: number, etag: string) =>
    call<void>('DELETE', `${paths[kind]}/${id}`, { etag: quoted(etag) }),
  members: (kind: T.SpaceKind, id: number, cursor?: string) =>
    get<T.Page<T.Member>>(withQuery(`${paths[kind]}/${id}/members`, { cursor })),
};

export const users = {
  list: (query: { search?: string; space?: string; cursor?: string }, signal?: AbortSignal) =>
    get<T.Page<T.User>>(withQuery('/users', query), signal),
  show: (id: number) => get<T.UserDetail>(`/users/${id}`),
  deliveries: (id: number, cursor?: string) => get<T.Page<T.Delivery>>(withQuery(`/users/${id}/deliveries`, { cursor })),
  join: (id: number, space: number, body: { role?: string; status?: string }) =>
    call<T.Membership>('PUT', `/users/${id}/memberships/${space}`, { body }),
  leave: (id: number, space: number) => call<void>('DELETE', `/users/${id}/memberships/${space}`),
  erase: (id: number, email: string) => post<{ deliveries_erased: number }>(`/users/${id}/erase`, { email }),
};

export const deliveries = {
  list: (query: T.DeliveryFilter & { cursor?: string }, signal?: AbortSignal) =>
    get<T.Page<T.Delivery>>(withQuery('/deliveries', { ...query }), signal),
  show: (id: string) => get<T.Delivery>(`/deliveries/${encodeURIComponent(id)}`),
  replay: (id: string, dry_run: boolean) =>
    create<{ delivery: T.Delivery }>(`/deliveries/${encodeURIComponent(id)}/replay`, { dry_run }),
  replayMany: (body: ({ filter: Record<string, unknown> } | { ids: string[] }) & { dry_run: boolean }) =>
    create<T.ReplayResult>('/deliveries/replay', body),
};

export const outbox = {
  list: (query: T.OutboxFilter & { cursor?: string }, signal?: AbortSignal) =>
    get<T.Page<T.OutboxRow>>(withQuery('/outbox', { ...query }), signal),
  counts: () => get<{ items: T.OutboxCount[] }>('/outbox/counts'),
  show: (id: number) => get<T.OutboxDetail>(`/outbox/${id}`),
  retry: (id: number) => post<T.OutboxRow>(`/outbox/${id}/retry`),
  retryDead: (body: { kind: T.EffectKind; endpoint?: number }) => post<{ retried: number }>('/outbox/retry', body),
};

export const mail = {
  show: () => get<T.Mail>('/mail'),
  preview: (body: { template: string } & T.TemplateBodies, signal?: AbortSignal) =>
    call<T.TemplateBodies>('POST', '/mail/preview', { body, signal }),
  save: (name: string, parts: Partial<Record<T.TemplatePart, string | null>>) =>
    call<T.MailTemplate>('PUT', `/mail/templates/${encodeURIComponent(name)}`, { body: parts }),
  test: (body: { to: string; template?: string }) => post<{ sent: boolean; detail: string }>('/mail/test', body),
};

export const endpoints = {
  list: () => get<{ items: T.Endpoint[] }>('/endpoints'),
  types: () => get<{ items: T.EventType[] }>('/endpoints/event-types'),
  show: (id: number) => get<T.Endpoint>(`/endpoints/${id}`),
  create: (body: T.EndpointFields) => create<{ endpoint: T.Endpoint; secret: string }>('/endpoints', body),
  edit: (id: number, etag: string, body: T.EndpointFields) =>
    call<T.Endpoint>('PATCH', `/endpoints/${id}`, { body, etag: quoted(etag) }),
  remove: (id: number, etag: string) => call<void>('DELETE', `/endpoints/${id}`, { etag: quoted(etag) }),
  turn: (id: number, to: 'pause' | 'resume') => post<T.Endpoint>(`/endpoints/${id}/${to}`),
  rotate: (id: number, grace: string) => create<{ endpoint: T.Endpoint; secret: string }>(`/endpoints/${id}/rotate`, { grace }),
  reveal: (id: number) => post<{ secret: string }>(`/endpoints/${id}/reveal`),
  test: (id: number) => post<T.EndpointTest>(`/endpoints/${id}/test`),
};

export const scripts = () => get<T.Scripts>('/hooks');
export const overview = () => get<T.Overview>('/overview');
export const settings = () => get<T.Settings>('/settings');
