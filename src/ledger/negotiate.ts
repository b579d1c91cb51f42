import type { Form } from './forms.ts';

const TYPES: Readonly<Record<string, Form>> = { 'application/json': 'json', 'text/html': 'html', 'application/zip': 'zip' };

/** The form that an `Accept` header (RFC 9110, section 12.5.1) likes best; JSON where it names none of them. */
export function formIn(accept: string | undefined): Form {
  const ranges = (accept ?? '').split(',').flatMap((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const form = TYPES[type];
    return form ? [{ form, quality: qualityIn(parameters) }] : [];
  });
  const [best] = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  return best?.form ?? 'json';
}

function qualityIn(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return Number.isNaN(quality) ? 0 : quality;
}
