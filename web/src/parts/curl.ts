// A delivery as the curl command that would send it again. Source of the quoting: POSIX shell, single quotes.
import type { Delivery } from '../api/types';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// `url` null: the reader has to fill it in, as a variable of the shell.
export function asCurl(delivery: Delivery, url: string | null): string {
  const parts = ['curl'];
  if (delivery.content_type) parts.push('-H', quote(`Content-Type: ${delivery.content_type}`));
  parts.push('--data-binary', quote(delivery.payload ?? ''), url === null ? '"$WEBHOOK_URL"' : quote(url));
  return parts.join(' ');
}
