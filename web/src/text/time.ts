// Times and sizes for people: "3 min ago" and, exact, the local time with its zone.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31557600], ['month', 2629800], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60],
];

export function ago(time: string, now: number): string {
  const seconds = (Date.parse(time) - now) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.abs(seconds) < 5 ? 0 : Math.trunc(seconds), 'second');
}

export const exactTime = (time: string): string => exact.format(new Date(time));
export const dayName = (date: string): string => day.format(new Date(date));

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
// Bytes for people: "840 bytes", "18.4 kB".
export const size = (bytes: number): string =>
  bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${numbers.format(bytes / 1e3)} kB` : `${numbers.format(bytes / 1e6)} MB`;

// What `<input type="datetime-local">` holds, as the server's time; empty stays empty.
export const fromLocalInput = (value: string): string => (value ? new Date(value).toISOString() : '');

// The other way round, to the minute; empty for no time.
export function toLocalInput(time: string | null): string {
  if (!time) return '';
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
