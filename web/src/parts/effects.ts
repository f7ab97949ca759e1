// What the outbox's rows are called, and when it is worth looking at one again.
import type { OutboxRow } from '../api/types';
import { word } from '../text';

export const effectKinds = ['welcome_email', 'password_email', 'processed_hook', 'events', 'event'] as const;
export const outboxStates = ['waiting', 'done', 'dead', 'skipped'] as const;

// The state as the person sees it: one that waits may be running, or have failed before.
export function shownState(row: OutboxRow): string {
  if (row.state !== 'waiting') return row.state;
  return row.running ? 'running' : row.attempts > 0 ? 'retrying' : 'waiting';
}

export const effectName = (row: OutboxRow): string => row.event_type ?? word('effect_kind', row.kind);

// Something will happen to it within seconds.
export function isMoving(row: OutboxRow): boolean {
  if (row.state !== 'waiting') return false;
  if (row.running || row.due_at === null) return true;
  const wait = Date.parse(row.due_at) - Date.now();
  return wait < 5000 && wait > -60000; // Long overdue: its endpoint is paused, or nobody works.
}

export const endpointName = ({ id, name }: NonNullable<OutboxRow['endpoint']>): string => name || `#${id}`;
