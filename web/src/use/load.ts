// Loading one thing, and loading a list page by page: data, error and state for the parts that show them.
import { computed, onMounted, onScopeDispose, ref, shallowRef } from 'vue';
import { ApiError } from '../api/client';
import type { Page } from '../api/types';
import { announce } from '../state/announce';
import { t } from '../text';

function asApiError(cause: unknown): ApiError {
  return cause instanceof ApiError ? cause : new ApiError(0, 'unexpected', String(cause));
}

export function useLoad<R>(load: () => Promise<R>) {
  const data = shallowRef<R | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  let turn = 0;
  async function reload(): Promise<void> {
    const mine = ++turn;
    loading.value = true;
    try {
      const result = await load();
      if (mine !== turn) return;
      data.value = result;
      error.value = null;
    } catch (cause) {
      if (mine === turn) error.value = asApiError(cause);
    } finally {
      if (mine === turn) loading.value = false;
    }
  }
  // The same without a trace: nothing says "loading", and what is shown stays when it fails.
  async function refresh(): Promise<void> {
    if (loading.value) return;
    const mine = ++turn;
    const result = await load().catch(() => null);
    if (result === null || mine !== turn) return;
    data.value = result;
    error.value = null;
  }
  return { data, error, loading, reload, refresh };
}

// `load` is asked for the first page by restart() and for each next one by more(). An answer that was overtaken by a
// restart is thrown away.
export function usePages<R>(load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<R>>) {
  const items = shallowRef<R[]>([]);
  const next = ref<string | null>(null);
  const searchedBackTo = ref<string | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  const loaded = ref(false);
  let pagesOpen = 0;
  let running: AbortController | null = null;
  async function fetchPage(cursor: string | undefined): Promise<void> {
    running?.abort();
    const mine = (running = new AbortController());
    loading.value = true;
    try {
      const page = await load(cursor, mine.signal);
      if (mine.signal.aborted) return;
      items.value = cursor ? [...items.value, ...page.items] : page.items;
      pagesOpen = cursor ? pagesOpen + 1 : 1;
      next.value = page.next;
      searchedBackTo.value = page.searched_back_to ?? null;
      error.value = null;
      loaded.value = true;
      announce(t('list.loaded', { n: items.value.length }), { visible: false });
    } catch (cause) {
      if (!mine.signal.aborted) error.value = asApiError(cause);
    } finally {
      if (!mine.signal.aborted) loading.value = false;
    }
  }
  // The first page anew, without a trace; not where more pages are open, which would vanish.
  async function refresh(): Promise<void> {
    if (loading.value || pagesOpen > 1) return;
    const mine = (running = new AbortController());
    const page = await load(undefined, mine.signal).catch(() => null);
    if (page === null || mine.signal.aborted) return;
    items.value = page.items;
    next.value = page.next;
  }
  // Puts a newer version of an item in its place.
  function replace(item: R, same: (other: R) => boolean): void {
    items.value = items.value.map((other) => (same(other) ? item : other));
  }
  onScopeDispose(() => running?.abort());
  return {
    items, next, searchedBackTo, error, loading, loaded, refresh, replace,
    restart: () => fetchPage(undefined),
    more: () => fetchPage(next.value ?? undefined),
    empty: computed(() => loaded.value && !loading.value && items.value.length === 0),
  };
}

// Something a button does: busy while it runs, and the error (whole, and by field) of the last try.
export function useAction<A extends unknown[]>(act: (...parameters: A) => Promise<void>) {
  const busy = ref(false);
  const error = shallowRef<ApiError | null>(null);
  async function run(...parameters: A): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    error.value = null;
    try {
      await act(...parameters);
      return true;
    } catch (cause) {
      error.value = asApiError(cause);
      return false;
    } finally {
      busy.value = false;
    }
  }
  const fields = computed<Record<string, string>>(() => error.value?.fields ?? {});
  return { busy, error, fields, run };
}

// Asks again every few seconds as long as something on the page is still going on, and never behind the back of a
// person who looks at another page.
export function useRefresh(again: () => Promise<void>, wanted: () => boolean, seconds = 2): void {
  let timer: number | undefined;
  let ended = false;
  async function tick(): Promise<void> {
    if (!document.hidden && wanted()) await again();
    if (!ended) timer = window.setTimeout(tick, seconds * 1000);
  }
  onMounted(() => (timer = window.setTimeout(tick, seconds * 1000)));
  onScopeDispose(() => {
    ended = true;
    window.clearTimeout(timer);
  });
}
