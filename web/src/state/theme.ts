// Light or dark: what the machine prefers, unless the person chose. The class `dark` is what Element Plus looks at.
import { ref, watch } from 'vue';

export type Theme = 'auto' | 'light' | 'dark';
const storageKey = 'postern-theme';
const darkMachine = window.matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  try {
    const value = localStorage.getItem(storageKey);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

export const theme = ref<Theme>(stored());

function apply(): void {
  const dark = theme.value === 'dark' || (theme.value === 'auto' && darkMachine.matches);
  document.documentElement.classList.toggle('dark', dark);
  document.documentElement.classList.toggle('light', !dark);
}

export function startTheme(): void {
  apply();
  darkMachine.addEventListener('change', apply);
  watch(theme, (value) => {
    apply();
    try {
      localStorage.setItem(storageKey, value);
    } catch {
      // Private windows forbid it; the choice then lasts as long as the page.
    }
  });
}
