import Mustache from 'mustache';
import type { Happening } from './happening.ts';
import type { Template } from './templates.ts';
import { viewOf } from './view.ts';

/** How a text writes what would mean something to its reader's program. */
export type Escape = (text: string) => string;

export const asItIs: Escape = (text) => text;

export interface Rendered {
  readonly subject: string;
  readonly text: string;
}

/** The message as text: its subject, which is the first line of the template, and what follows. */
export function renderText({ text }: Template, happened: Happening, writeAs: Escape = asItIs): Rendered {
  const [subject = '', ...rest] = Mustache.render(text, viewOf(happened), {}, { escape: (value: unknown) => writeAs(String(value)) }).split(
    '\n',
  );
  return { subject: subject.replace(/^Subject:\s*/, '').trim(), text: `${rest.join('\n').trim()}\n` };
}

/** The message as a page, everything that is filled in being text there. */
export function renderHtml({ html }: Template, happened: Happening): string {
  return Mustache.render(html, viewOf(happened));
}
