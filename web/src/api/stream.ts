// Deliveries as they arrive, by server-sent events. The browser reconnects by itself and says what it saw last.
import { address } from './client';
import type { Delivery } from './types';

export interface StreamHandlers {
  delivery: (delivery: Delivery) => void;
  state?: (connected: boolean) => void;
}

// Returns what ends it. A stream that the server refuses for good is tried again with growing pauses.
export function followDeliveries(
  filter: { webhook?: string; status?: string; email?: string },
  handlers: StreamHandlers,
): () => void {
  let source: EventSource | null = null;
  let timer: number | undefined;
  let pause = 1000;
  const open = () => {
    source = new EventSource(address('/deliveries/stream', filter));
    source.onopen = () => {
      pause = 1000;
      handlers.state?.(true);
    };
    source.addEventListener('delivery', (event) => {
      handlers.delivery(JSON.parse((event as MessageEvent<string>).data) as Delivery);
    });
    source.onerror = () => {
      handlers.state?.(false);
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = window.setTimeout(open, pause);
      pause = Math.min(pause * 2, 30000);
    };
  };
  open();
  return () => {
    window.clearTimeout(timer);
    source?.close();
  };
}
