// What a screen reader is told without moving the focus, and what a sighted person sees for a moment in the corner.
import { reactive } from 'vue';

export const announcement = reactive({ text: '', visible: false, bad: false });
let timer: number | undefined;

// `visible` false: for the ear only, e.g. "12 deliveries".
export function announce(text: string, { visible = true, bad = false } = {}): void {
  window.clearTimeout(timer);
  announcement.text = '';
  announcement.visible = false;
  // A frame apart, so that the same text twice is told twice.
  requestAnimationFrame(() => {
    announcement.text = text;
    announcement.visible = visible;
    announcement.bad = bad;
    timer = window.setTimeout(() => (announcement.visible = false), 5000);
  });
}
