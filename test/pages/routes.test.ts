import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Page, ROOT, readPages } from './support/pages.ts';

/** Every route with its methods; the two pages that describe the rest are not in the description. */
const ROUTES: Readonly<Record<string, object>> = {
  ...(parse(await readFile(path.join(ROOT, 'openapi.yaml'), 'utf8')) as { paths: Record<string, object> }).paths,
  '/docs': { get: {} },
  '/openapi.yaml': { get: {} },
};

/** A route as a page writes it: with or without method and host, and with names in the place of what differs. */
const ROUTE =
  /^(?:(GET|POST|PUT|PATCH|DELETE) )?(?:https:\/\/(?:leaver\.example\.com|<your Leaver>)|<publicUrl>)?(\/(?:v1|intake|livez|readyz|metrics|docs|openapi\.yaml|\.well-known\/jwks\.json)(?![\w.]).*)$/;

function routesOf({ file, blocks, spans }: Page): { file: string; shown: string }[] {
  const lines = blocks.filter(({ language }) => language === '').flatMap(({ code }) => code.split('\n'));
  return [...lines, ...spans].filter((text) => ROUTE.test(text)).map((shown) => ({ file, shown }));
}

function isThere(shown: string): boolean {
  const [, method, rest = ''] = ROUTE.exec(shown) ?? [];
  const [given = ''] = rest.split(/[\s?]/);
  const isPrefix = /[…*]$|\/v2$|^\/(?:v1|intake)$/.test(given);
  const segments = given.replace(/\/?[…*]$/, '').split('/');
  return Object.entries(ROUTES).some(([route, methods]) => {
    const template = route.split('/');
    const fits = segments.every((segment, index) => template[index] === segment || template[index]?.startsWith('{'));
    return fits && (isPrefix || template.length === segments.length) && (!method || isPrefix || method.toLowerCase() in methods);
  });
}

test('every route that the pages show exists, with its method', async () => {
  const shown = (await readPages()).flatMap(routesOf);
  assert.ok(shown.length > 40, `only ${shown.length} routes were found`);
  assert.deepEqual(
    shown.filter((one) => !isThere(one.shown)),
    [],
  );
});

test('a route or a method that does not exist is found', () => {
  for (const wrong of ['GET /v1/case', 'PUT /v1/cases', '/intake/okta/<id>/event', '<publicUrl>/intake/scim/<id>', '/v1/ledger/…/x']) {
    assert.equal(isThere(wrong), false, wrong);
  }
});
