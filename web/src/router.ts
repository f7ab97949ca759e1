// The addresses of the pages, who may see them, and what happens to focus and title when the page changes.
import { nextTick } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import type { RouteLocationNormalized } from 'vue-router';
import { whenSignedOut } from './api/client';
import { announce } from './state/announce';
import { leave, refresh, session } from './state/session';
import { t } from './text';
import type { TextKey } from './text';

declare module 'vue-router' {
  interface RouteMeta {
    title: TextKey;
    open?: boolean; // Needs no session.
  }
}

const numbered = (route: RouteLocationNormalized) => ({ id: Number(route.params.id) });

export const router = createRouter({
  history: createWebHistory('/admin/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: () => import('./pages/OverviewPage.vue'), meta: { title: 'overview.title' } },
    { path: '/setup', component: () => import('./pages/SetupPage.vue'), meta: { title: 'setup.title', open: true } },
    { path: '/login', component: () => import('./pages/LoginPage.vue'), meta: { title: 'login.title', open: true } },
    { path: '/webhooks', component: () => import('./pages/WebhooksPage.vue'), meta: { title: 'webhooks.title' } },
    { path: '/webhooks/new', component: () => import('./pages/NewWebhookPage.vue'), meta: { title: 'new.title' } },
    { path: '/webhooks/:id(\\d+)', component: () => import('./pages/WebhookPage.vue'), props: numbered, meta: { title: 'webhook.title' } },
    { path: '/deliveries', component: () => import('./pages/DeliveriesPage.vue'), meta: { title: 'deliveries.title' } },
    { path: '/deliveries/:id', component: () => import('./pages/DeliveryPage.vue'), props: true, meta: { title: 'delivery.title' } },
    { path: '/users', component: () => import('./pages/UsersPage.vue'), meta: { title: 'users.title' } },
    { path: '/users/:id(\\d+)', component: () => import('./pages/UserPage.vue'), props: numbered, meta: { title: 'user.title' } },
    { path: '/spaces', component: () => import('./pages/SpacesPage.vue'), props: { kind: 'space' }, meta: { title: 'spaces.title' } },
    { path: '/courses', component: () => import('./pages/SpacesPage.vue'), props: { kind: 'course' }, meta: { title: 'courses.title' } },
    { path: '/spaces/:id(\\d+)', component: () => import('./pages/SpacePage.vue'), props: (route) => ({ kind: 'space', ...numbered(route) }), meta: { title: 'space.title' } },
    { path: '/courses/:id(\\d+)', component: () => import('./pages/SpacePage.vue'), props: (route) => ({ kind: 'course', ...numbered(route) }), meta: { title: 'course.title' } },
    { path: '/outbox', component: () => import('./pages/OutboxPage.vue'), meta: { title: 'outbox.title' } },
    { path: '/outbox/:id(\\d+)', component: () => import('./pages/EffectPage.vue'), props: numbered, meta: { title: 'effect.title' } },
    { path: '/mail', component: () => import('./pages/MailPage.vue'), meta: { title: 'mail.title' } },
    { path: '/endpoints', component: () => import('./pages/EndpointsPage.vue'), meta: { title: 'endpoints.title' } },
    { path: '/endpoints/new', component: () => import('./pages/NewEndpointPage.vue'), meta: { title: 'endpoint.new' } },
    { path: '/endpoints/:id(\\d+)', component: () => import('./pages/EndpointPage.vue'), props: numbered, meta: { title: 'endpoint.title' } },
    { path: '/hooks', component: () => import('./pages/ScriptsPage.vue'), meta: { title: 'scripts.title' } },
    { path: '/settings', component: () => import('./pages/SettingsPage.vue'), meta: { title: 'settings.title' } },
    { path: '/:rest(.*)*', component: () => import('./pages/NotFoundPage.vue'), meta: { title: 'lost.title' } },
  ],
});

// Only a page of our own may follow a login.
export function nextPage(route: RouteLocationNormalized): string {
  const next = route.query.next;
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/';
}

whenSignedOut(() => {
  const current = router.currentRoute.value;
  if (!current.meta.open) leave(current.fullPath);
});

router.beforeEach(async (to) => {
  if (!session.known) {
    try {
      await refresh();
    } catch {
      // The server does not answer: the page says so, and offers to try again, when its own call fails.
      return true;
    }
  }
  if (to.path === '/setup') return true;
  if (session.state === 'setup') return '/setup';
  if (session.state === 'active') return to.path === '/login' ? nextPage(to) : true;
  return to.meta.open ? true : { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
});

router.afterEach(async (to, from, failed) => {
  if (failed || to.path === from.path) return;
  const title = t(to.meta.title);
  document.title = `${title} · Postern`;
  if (!from.matched.length) return;
  announce(title, { visible: false });
  await nextTick();
  (document.getElementById('page-title') ?? document.getElementById('main'))?.focus({ preventScroll: true });
});
