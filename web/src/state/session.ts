// Who is logged in, and what that allows. The server decides; this only spares people buttons that would be refused.
import { computed, reactive } from 'vue';
import { account } from '../api';
import { setCsrf } from '../api/client';
import type { Permission, Role, Session } from '../api/types';

export const session = reactive<Session & { known: boolean }>({
  known: false,
  state: 'anonymous',
  csrf: null,
  admin: null,
  version: '',
});

const allowed: Record<Role, Permission[]> = {
  viewer: ['view'],
  admin: ['view', 'payloads', 'manage'],
  owner: ['view', 'payloads', 'manage', 'own'],
};

export function take(next: Session): void {
  Object.assign(session, next, { known: true });
  setCsrf(next.csrf);
}

export async function refresh(): Promise<void> {
  take(await account.session());
}

// To the login, by loading the page anew: nothing that was shown stays in memory.
export function leave(next = ''): void {
  window.location.assign(next ? `/admin/login?next=${encodeURIComponent(next)}` : '/admin/login');
}

export const may = (permission: Permission): boolean =>
  session.admin !== null && allowed[session.admin.role].includes(permission);
export const mayManage = computed(() => may('manage'));
export const maySeePayloads = computed(() => may('payloads'));
export const owns = computed(() => may('own'));
