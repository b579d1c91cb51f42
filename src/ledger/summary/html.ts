/** Markup that may be put into a page as it stands: whatever was put into it was escaped. */
export interface Html {
  readonly markup: string;
}

/** Text, which is escaped; markup, which is not; nothing; or several of them. */
export type Part = Html | string | number | null | readonly Part[];

/** Makes markup of a template: its own text is markup, and everything put into it is text unless it is markup already. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: String.raw({ raw: texts }, ...parts.map(toMarkup)) };
}

function toMarkup(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part));
  return 'markup' in part ? part.markup : part.map(toMarkup).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** What is not to be seen, or turns the direction of the text around it so that it reads as something else. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\ufeff]/gu;

function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(UNSEEN, '\u{fffd}')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
