// The one way to text: t('key', {parameters}). A text with {one, other} is chosen by the parameter n.
import { en } from './en';

export type TextKey = keyof typeof en;
export type Parameters = Record<string, string | number>;
type Text = string | { one: string; other: string };

const locale = 'en';
const catalogue: Record<TextKey, Text> = en;
const plural = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);

export function t(key: TextKey, parameters: Parameters = {}): string {
  const text = catalogue[key];
  const form =
    typeof text === 'string' ? text : plural.select(Number(parameters.n ?? 0)) === 'one' ? text.one : text.other;
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value;
  });
}

// The text of a word that the server chose, or that word itself when it is one this catalogue does not know.
export function word(group: string, name: string): string {
  const key = `${group}.${name}`;
  return Object.hasOwn(catalogue, key) ? t(key as TextKey) : name;
}

export const count = (value: number): string => numbers.format(value);
