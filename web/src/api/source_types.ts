// What /api/v1 says of the sources of webhooks: who sends, what it means, and who may.
import type { WebhookKey } from './types';

export type SourceAction = 'grant' | 'revoke' | 'ignore' | 'link';

export interface Condition {
  subject: string;
  op: string;
  values: string[];
}

export interface ProductEffects {
  product: string;
  spaces: number[];
  courses: number[];
}

export interface SourceEdit {
  name: string;
  webhook_id: string;
  url_action: SourceAction | null;
  events: { type: string; action: SourceAction }[];
  conditions: Condition[];
  products: ProductEffects[];
  skip_stale: boolean;
}

export interface WebhookSource extends SourceEdit {
  title: string | null; // Null: its preset is gone.
  secrets: WebhookKey[]; // Number and times: the secrets are never shown.
  warnings: string[];
}

export interface Rate {
  per_minute: number;
  burst: number;
}

export interface Protection {
  networks: string[];
  webhook_rate: Rate | null;
  address_rate: Rate | null;
  expires_at: string | null;
}

export interface Source {
  name: string;
  shipped: boolean;
  problem: string | null;
  usable: boolean;
  title: string;
  category: string;
  proof: string;
  takes_secret: boolean;
  needs_secret: boolean;
  needs_webhook_id: boolean;
  secret_hint: string;
  callback: string;
  url_action: boolean;
  answer: 'status' | 'always_200';
  notes: string[];
  docs: string[];
}

type SpaceName = { id: number; title: string };

export interface ReadEvent {
  type: string | null;
  id: string | null;
  time: string | null;
  email: string | null;
  email_valid: boolean;
  first_name: string | null;
  last_name: string | null;
  external_id: string | null;
  products: string[];
  order_ref: string | null;
  others: Record<string, string | null>;
  action: SourceAction;
  decided_by: string;
  rule: number | null;
  conditions: boolean[];
  met: boolean;
  effects: Record<'add_spaces' | 'remove_spaces' | 'add_courses' | 'remove_courses', SpaceName[]>;
}

export interface Interpretation {
  source: string;
  rejection: { code: string; message: string } | null;
  events: ReadEvent[];
  values: { path: string; value: string }[];
  values_complete: boolean;
}

// What is asked about: a delivery that is kept, or a request that is given.
export type Sample = { delivery: string } | { body: string; content_type: string };

// What waits while a webhook is paused.
export type Held = { requests: number; bytes: number; since: string };
// What its protection turned away since the server started.
export type Refused = { since: string; ip_not_allowed: number; rate_limited: number; without_row: number };

// Whether a request that is tried proves that it is from the sender.
export type Proof = { verdict: string; accepted: boolean; reason: string | null; skipped: boolean };

export interface TestRequest {
  content_type: string;
  body: string;
  query?: string;
  headers?: { name: string; value: string }[];
  skip_proof?: boolean;
  dry_run: boolean;
}
