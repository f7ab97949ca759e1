// What /api/v1 speaks. The description that the server is held against is docs/api/openapi.yaml.
import type { Held, Proof, Protection, Refused, SourceEdit, WebhookSource } from './source_types';

export * from './source_types';

export type Role = 'viewer' | 'admin' | 'owner';
export type Permission = 'view' | 'payloads' | 'manage' | 'own';
export type Scope = 'view' | 'payloads' | 'manage';

export interface Page<T> {
  items: T[];
  next: string | null;
  searched_back_to?: string | null;
}

export interface Admin {
  id: number;
  email: string;
  name: string;
  role: Role;
  disabled: boolean;
  totp: boolean;
  created_at: string;
  last_login_at: string | null;
  pending: boolean;
}

export interface Session {
  state: 'setup' | 'anonymous' | 'totp' | 'active';
  csrf: string | null;
  admin: Admin | null;
  version: string;
}

export interface SetupLink {
  kind: 'first' | 'invite' | 'reset';
  email: string | null;
  name: string | null;
}

export interface AdminSession {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  ip: string;
  user_agent: string;
}

export interface Token {
  id: number;
  name: string;
  scopes: Scope[];
  created_at: string;
  created_by: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  ip: string;
  action: string;
  target: string;
  before: unknown;
  after: unknown;
}

export interface WebhookKey {
  id: number;
  created_at: string;
  expires_at: string | null;
}

export interface WebhookEffects {
  name: string;
  add_spaces: number[];
  remove_spaces: number[];
  add_courses: number[];
  remove_courses: number[];
  welcome_email: boolean;
}

export type Status = 'processed' | 'rejected' | 'failed' | 'duplicate' | 'ignored' | 'stale' | 'held';
export type Counts = Record<Status, number>;

export type WebhookEdit = Partial<WebhookEffects & { source: Partial<SourceEdit>; protection: Partial<Protection> }>;

export interface Webhook extends WebhookEffects {
  source: WebhookSource;
  protection: Protection;
  id: number;
  state: 'active' | 'paused' | 'disabled';
  keys: WebhookKey[];
  created_at: string;
  summary: string;
  last_delivery_at: string | null;
  day: Counts;
  day_since: string;
  week: Counts;
  week_since: string;
  hours: number[];
  held: Held | null;
  refused: Refused | null;
  etag: string;
}

export type SpaceKind = 'space' | 'course';
export type Privacy = 'public' | 'private' | 'secret';

export interface SpaceBrief {
  id: number;
  kind: SpaceKind;
  slug: string;
  title: string;
}

export interface Space extends SpaceBrief {
  privacy: Privacy;
  needs_approval: boolean;
  archived: boolean;
  created_at: string;
  members: number;
  etag: string;
}

export interface SpaceEdit {
  title?: string;
  slug?: string;
  privacy?: Privacy;
  needs_approval?: boolean;
  archived?: boolean;
}

export interface User {
  id: number;
  email: string;
  login: string;
  first_name: string;
  last_name: string;
  display_name: string;
  administrator: boolean;
  created_at: string;
  role?: string;
  meta?: Record<string, unknown>;
}

export interface Membership {
  space: SpaceBrief;
  role: string;
  status: string;
  since: string;
  because_of: string | null;
}

export interface UserDetail extends User {
  memberships: Membership[];
}

export interface Member {
  user: User;
  role: string;
  status: string;
  since: string;
  because_of: string | null;
}

export interface Outcome {
  space_id: number;
  kind: SpaceKind;
  slug: string;
  title: string;
  result: string;
  sentence: string;
}

export interface Delivery {
  id: string;
  received_at: string;
  webhook: { id: number; name: string };
  key: number | null;
  dialect: string;
  remote_ip: string;
  content_type: string;
  body_bytes: number;
  event: string;
  email: string;
  status: Status;
  http_status: number;
  code: string | null;
  message: string;
  user: { id: number; email: string } | null;
  user_created: boolean;
  welcome_email: boolean;
  outcomes: Outcome[];
  duration_us: number;
  replay_of: string | null;
  duplicate_of: string | null;
  held_until: string | null;
  payload?: string | null;
  payload_complete: boolean;
  story?: { step: string; text: string }[];
  reply?: { status: number; body: string };
  effects?: OutboxRow[];
}

export interface DeliveryFilter {
  webhook?: string;
  status?: string;
  email?: string;
  since?: string;
  until?: string;
  text?: string;
}

export interface ReplayResult {
  matched: number;
  replayed: number;
  results: Partial<Record<Status, number>>;
  not_replayable: number;
  dry_run: boolean;
}

export interface TestResult {
  delivery: Delivery;
  others: Delivery[];
  proof: Proof | null;
  reply: { status: number; body: string };
}

export type EffectKind = 'welcome_email' | 'password_email' | 'processed_hook' | 'events' | 'event';
export type OutboxState = 'waiting' | 'done' | 'dead' | 'skipped';

export interface OutboxRow {
  id: number;
  kind: EffectKind;
  state: OutboxState;
  running: boolean;
  attempts: number;
  created_at: string;
  due_at: string | null;
  finished_at: string | null;
  note: string;
  delivery: string | null;
  user: { id: number; email: string } | null;
  endpoint: { id: number; name?: string | null } | null; // Without a name: it has been deleted.
  event_type: string | null;
  event_id: string | null;
}

export interface Attempt {
  at: string;
  ok: boolean;
  status: number | null;
  duration_ms: number;
  note: string;
  response: string | null;
}

export interface OutboxDetail extends OutboxRow {
  data: unknown; // Null without the permission to see payloads, and where there is none.
  tries: Attempt[];
}

export interface OutboxFilter {
  kind?: string;
  state?: string;
  delivery?: string;
  user?: string;
  endpoint?: string;
}

export interface OutboxCount {
  kind: EffectKind;
  state: OutboxState;
  n: number;
}

export type TemplatePart = 'subject' | 'text' | 'html';
export type TemplateBodies = Record<TemplatePart, string>;

export interface MailTemplate {
  name: string;
  about: string;
  parts: Record<TemplatePart, { body: string; custom: boolean }>;
  variables: { name: string; about: string; example: string }[];
}

export interface Mail {
  transport: 'none' | 'smtp' | 'file';
  from: string;
  from_name: string;
  server: string | null;
  problem: string | null;
  templates: MailTemplate[];
}

export interface EndpointFields {
  name: string;
  url: string;
  events: string[]; // Empty: all.
}

export interface Endpoint extends EndpointFields {
  id: number;
  state: 'active' | 'paused' | 'failing';
  problem: string | null;
  created_at: string;
  last_success_at: string | null;
  last_failure_at: string | null;
  waiting: number;
  dead: number;
  keys: { id: number; created_at: string; expires_at: string | null }[];
  etag: string;
}

export interface EndpointTest {
  ok: boolean;
  status: number | null;
  detail: string;
  response: string | null;
}

export interface EventType {
  type: string;
  about: string;
  example: unknown;
}

export interface ScriptFile {
  name: string;
  webhook: { id: number; name: string } | null; // Null: runs for all of them.
  functions: string[];
  ok: boolean;
  error: string | null;
  changed_at: string;
  runs: number;
  errors: number;
  last_error: string | null;
}

export interface Scripts {
  folder: string;
  enabled: boolean;
  on_error: 'reject' | 'ignore';
  limits: { memory_bytes: number; instructions: number; time_ms: number };
  files: ScriptFile[];
}

export interface Overview {
  days: (Counts & { date: string; new_members: number })[];
  webhooks: { id: number; name: string; state: Webhook['state']; days: number[]; held: number }[];
  attention: { kind: string; text: string; link: string | null }[];
  counts: Record<'users' | 'spaces' | 'courses' | 'webhooks' | 'deliveries' | 'outbox', number>;
}

export interface Setting {
  key: string;
  value: string;
  origin: string;
  about: string;
  expects: string;
  default: string;
}

export interface Settings {
  items: Setting[];
  version: string;
  started_at: string;
  listen: string;
  public_url: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: { field: string; message: string }[];
  current?: unknown;
}
