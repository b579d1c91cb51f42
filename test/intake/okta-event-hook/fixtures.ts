import { readFile } from 'node:fs/promises';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'fixtures', 'okta-event-hook');

/** A file that Okta published, or that was captured from it; `index.tsv` beside it says where each comes from. */
export async function fixture(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(FOLDER, `${name}.json`), 'utf8'));
}

/** The body of a delivery: the file's own, or one made around the event or the list of events that it holds. */
export async function deliveryOf(name: string): Promise<unknown> {
  const content = await fixture(name);
  return isObject(content) && 'body' in content ? content['body'] : envelope(Array.isArray(content) ? content : [content]);
}

/** The published envelope around some events. */
export function envelope(events: readonly unknown[], eventId: unknown = '85b60edb-4263-4e13-993b-818e26201052'): Record<string, unknown> {
  return {
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: 'https://acme.okta.example/api/v1/eventHooks/who7hphp39JoHLni81d7',
    eventId,
    data: { events },
    eventTime: '2026-08-25T17:41:23.000Z',
    contentType: 'application/json',
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
