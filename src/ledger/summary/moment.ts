import { type Html, html } from './html.ts';

/** A moment in UTC; a dash where there is none. */
export function moment(iso: string | null | undefined): Html {
  if (!iso) return html`<span class="none">–</span>`;
  const [day = '', clock = ''] = iso.replace(/Z$/, '').split('T');
  return html`<time datetime="${iso}">${day} <span class="clock">${clock}</span> <abbr title="Coordinated Universal Time">UTC</abbr></time>`;
}

/** How long after another a moment came, for people; null where either is missing. */
export function later(from: string | null | undefined, to: string | null | undefined): string | null {
  const ms = from && to ? Date.parse(to) - Date.parse(from) : Number.NaN;
  return Number.isNaN(ms) || ms < 0 ? null : span(ms);
}

function span(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(ms / 3_600_000);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
