import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from '../support/rows.ts';
import { type Body, makeUser, SCIM_TOKEN, type ScimAnswer, startScim } from './support/directory.ts';

const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

function isScimError({ status, headers, body }: ScimAnswer, expected: number, scimType?: string): void {
  assert.equal(status, expected, JSON.stringify(body));
  assert.match(String(headers['content-type']), /^application\/scim\+json/);
  assert.deepEqual([body['schemas'], body['status'], body['scimType']], [[ERROR_SCHEMA], String(expected), scimType]);
  assert.ok(String(body['detail']).length > 10);
}

test('the directory as a client meets it', async (t) => {
  const service = await startScim(t);
  const { scim } = service;

  await t.test('without a token of the connection there is nothing but a SCIM Error', async () => {
    const tokens = [
      null,
      '',
      'wrong',
      SCIM_TOKEN.slice(0, -1),
      SCIM_TOKEN.slice(1),
      `${SCIM_TOKEN}x`,
      SCIM_TOKEN.toUpperCase(),
      'a.b.c',
      'hook-secret-of-the-tests',
    ];
    for (const token of tokens) {
      for (const [method, path] of [
        ['GET', '/Users'],
        ['POST', '/Groups'],
        ['PATCH', '/Users/x'],
        ['GET', '/Schemas'],
        ['POST', '/Bulk'],
        ['GET', '/x'],
      ] as const) {
        const answer = await scim(method, path, { token });
        isScimError(answer, 401);
        assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
      }
    }
    isScimError(await scim('GET', '/Users', { token: null, headers: { authorization: `Basic ${SCIM_TOKEN}` } }), 401);
  });

  await t.test('every token of the connection will do, while one is rotated', async () => {
    assert.equal((await scim('GET', '/Users', { token: 'older-scim-token-of-the-tests' })).status, 200);
    assert.equal((await scim('GET', '/Users', { token: 'older-scim-token-of-the-tests', connection: 'entra-main' })).status, 401);
  });

  await t.test('a connection that is not there, or has no SCIM, is 404 whatever it carries', async () => {
    for (const connection of ['nobody', 'okta-hook', '__proto__', 'constructor']) {
      isScimError(await scim('GET', '/Users', { connection }), 404);
      isScimError(await scim('POST', '/Users', { connection, token: null, body: '{' }), 404);
    }
  });

  await t.test('a trailing slash is the same resource', async () => {
    const id = await makeUser(service, 'slash@example.com');
    assert.equal((await scim('GET', `/Users/${id}/`)).status, 200);
    assert.equal((await scim('GET', '/Users/?count=1')).status, 200);
    assert.equal((await scim('GET', '/ServiceProviderConfig/')).status, 200);
  });

  await t.test('a user name is unique without regard to case, over POST, PUT and PATCH', async () => {
    const id = await makeUser(service, 'Taken@example.com');
    const other = await makeUser(service, 'other@example.com');
    isScimError(await scim('POST', '/Users', { body: { userName: 'tAKEN@EXAMPLE.com' } }), 409, 'uniqueness');
    isScimError(await scim('PUT', `/Users/${other}`, { body: { userName: 'taken@example.com' } }), 409, 'uniqueness');
    const rename = { Operations: [{ op: 'replace', value: { title: 'x', userName: 'taken@example.com' } }] };
    isScimError(await scim('PATCH', `/Users/${other}`, { body: rename }), 409, 'uniqueness');
    assert.equal((await scim('GET', `/Users/${other}`)).body['title'], undefined, 'of a refused PATCH nothing is kept');
    assert.equal((await scim('PUT', `/Users/${id}`, { body: { userName: 'TAKEN@example.com' } })).body['userName'], 'TAKEN@example.com');
    assert.equal((await scim('POST', '/Users', { connection: 'entra-main', body: { userName: 'taken@example.com' } })).status, 201);
  });

  await t.test('of many who come with one name at the same moment, one gets it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => await scim('POST', '/Users', { body: { userName: 'race@example.com' } })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
    const ids = await Promise.all([1, 2, 3, 4].map(async (number) => await makeUser(service, `racer${number}@example.com`)));
    const renames = await Promise.all(
      ids.map(async (id) => await scim('PUT', `/Users/${id}`, { body: { userName: 'winner@example.com' } })),
    );
    assert.deepEqual(renames.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  });

  await t.test('pages are cut from one stable order, and numbers are taken as RFC 7644 says', async () => {
    for (let number = 1; number <= 5; number += 1) {
      await makeUser(service, `page${number}@example.com`, { title: 'pages' }, 'entra-main');
    }
    const list = async (query: string): Promise<Body> =>
      (await scim('GET', `/Users?filter=title eq "pages"&${query}`, { connection: 'entra-main' })).body;
    const namesOf = ({ Resources }: Body) => (Resources as Body[]).map(({ userName }) => String(userName).slice(4, 5)).join('');
    assert.equal(namesOf(await list('startIndex=1&count=2')), '12');
    assert.equal(namesOf(await list('startIndex=3&count=2')), '34');
    assert.equal(namesOf(await list('startIndex=5&count=2')), '5');
    assert.equal(namesOf(await list('startIndex=-3&count=1')), '1');
    assert.equal(namesOf(await list('')), '12345');
    const { totalResults, itemsPerPage, Resources, startIndex } = await list('count=0');
    assert.deepEqual([totalResults, itemsPerPage, Resources, startIndex], [5, 0, [], 1]);
    assert.deepEqual((await list('count=-1'))['Resources'], []);
    assert.deepEqual([namesOf(await list('startIndex=9')), (await list('startIndex=9'))['totalResults']], ['', 5]);
    isScimError(await scim('GET', '/Users?count=many'), 400, 'invalidValue');
    isScimError(await scim('GET', '/Users?count=1&count=2'), 400, 'invalidValue');
    isScimError(await scim('GET', '/Users?filter=userName eq'), 400, 'invalidFilter');
    isScimError(await scim('GET', `/Users?filter=userName eq "${'%5C'.repeat(41)}`), 400, 'invalidFilter');
  });

  await t.test('a filter finds among more resources than are read at once', async () => {
    await rows(
      service.databaseUrl,
      `insert into scim_resource (id, connection, kind, name_key, version, created_at, changed_at, document)
       select gen_random_uuid(), 'entra-main', 'Group', 'crowd ' || n, 1, now(), now(), json_build_object('displayName', 'Crowd ' || n)
       from generate_series(1, 1200) as n`,
    );
    const filter = 'displayName sw "crowd" and not (displayName ew "7")';
    const { body } = await scim('GET', `/Groups?filter=${filter}&startIndex=501&count=150`, { connection: 'entra-main' });
    const names = (body['Resources'] as Body[]).map(({ displayName }) => displayName);
    const expected = Array.from({ length: 1_200 }, (_, index) => `Crowd ${index + 1}`).filter((name) => !name.endsWith('7'));
    assert.equal(body['totalResults'], expected.length);
    assert.deepEqual(names, expected.slice(500, 650));
  });

  await t.test('attributes and excludedAttributes choose what is shown; id and schemas always are', async () => {
    const more = {
      name: { givenName: 'A', familyName: 'B' },
      emails: [{ value: 'x@y.example', type: 'work' }],
      title: 'T',
      department: 'D',
    };
    const id = await makeUser(service, 'shown@example.com', more);
    const keys = async (query: string): Promise<string[]> => Object.keys((await scim('GET', `/Users/${id}?${query}`)).body).sort();
    assert.deepEqual(await keys('attributes=id'), ['id', 'schemas']);
    assert.deepEqual(await keys('attributes=USERNAME, title,nothing,a.b.c'), ['id', 'schemas', 'title', 'userName']);
    assert.ok(!(await keys('excludedAttributes=title,id,password')).includes('title'));
    assert.ok((await keys('excludedAttributes=title,id')).includes('id'));
    const { body } = await scim(
      'GET',
      `/Users/${id}?attributes=name.givenName,emails.value,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`,
    );
    assert.deepEqual([body['name'], body['emails']], [{ givenName: 'A' }, [{ value: 'x@y.example' }]]);
    assert.deepEqual(body['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'], { department: 'D' });
    const without = (await scim('GET', `/Users/${id}?excludedAttributes=name.givenName,emails.type`)).body;
    assert.deepEqual([without['name'], without['emails']], [{ familyName: 'B' }, [{ value: 'x@y.example' }]]);
  });

  await t.test('an ETag guards what was read: a write on something newer is 412, a read of the same is 304', async () => {
    const id = await makeUser(service, 'etag@example.com');
    const read = await scim('GET', `/Users/${id}`);
    const etag = String(read.headers['etag']);
    assert.equal(etag, (read.body['meta'] as Body)['version']);
    assert.equal((await scim('GET', `/Users/${id}`, { headers: { 'if-none-match': etag } })).status, 304);
    const body = { Operations: [{ op: 'add', path: 'title', value: 'x' }] };
    const changed = await scim('PATCH', `/Users/${id}`, { body, headers: { 'if-match': etag } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers['etag'], etag);
    isScimError(await scim('PATCH', `/Users/${id}`, { body, headers: { 'if-match': etag } }), 412);
    isScimError(
      await scim('PUT', `/Users/${id}`, { body: { userName: 'etag@example.com' }, headers: { 'if-match': `"7", ${etag}` } }),
      412,
    );
    isScimError(await scim('DELETE', `/Users/${id}`, { headers: { 'if-match': etag } }), 412);
    isScimError(await scim('PUT', `/Users/${id}`, { body: { userName: 'etag@example.com' }, headers: { 'if-none-match': '*' } }), 412);
    const again = await scim('PATCH', `/Users/${id}`, { body });
    assert.equal(again.headers['etag'], changed.headers['etag'], 'what changes nothing makes no version');
    assert.equal((await scim('DELETE', `/Users/${id}`, { headers: { 'if-match': '*' } })).status, 204);
  });

  await t.test('both content types are understood, others are not', async () => {
    const body = JSON.stringify({ userName: 'types@example.com' });
    assert.equal((await scim('POST', '/Users', { body, headers: { 'content-type': 'application/json' } })).status, 201);
    const put = async (type: string) => await scim('PUT', '/Users/x', { body, headers: { 'content-type': type } });
    isScimError(await put('text/plain'), 415);
    isScimError(await put('application/jsonp'), 415);
    isScimError(await put('Application/SCIM+JSON;charset=UTF-8'), 404);
  });

  await t.test('bodies that cannot be stored are refused by name', async () => {
    const post = async (body: unknown) => await scim('POST', '/Users', { body });
    isScimError(await post('{'), 400, 'invalidSyntax');
    isScimError(await post('[]'), 400, 'invalidSyntax');
    isScimError(await post('{"userName":"a","userName":"b"}'), 400, 'invalidSyntax');
    isScimError(await post('{"userName":"a","USERNAME":"b"}'), 400, 'invalidSyntax');
    isScimError(await post({}), 400, 'invalidValue');
    isScimError(await post({ userName: ' ' }), 400, 'invalidValue');
    isScimError(await post({ userName: 'x'.repeat(401) }), 400, 'invalidValue');
    isScimError(await post({ userName: 'a', active: 'perhaps' }), 400, 'invalidValue');
    isScimError(await post('{"userName":"a","__proto__":{"x":1}}'), 400, 'invalidPath');
    isScimError(await post({ userName: 'big@example.com', note: 'x'.repeat(70_000) }), 413);
    isScimError(await post({ userName: 'bigger@example.com', note: 'x'.repeat(1_100_000) }), 413);
    isScimError(await scim('POST', '/Groups', { body: { members: [] } }), 400, 'invalidValue');
    isScimError(await scim('POST', '/Groups', { body: { displayName: 'G', members: [{ display: 'nobody' }] } }), 400, 'invalidValue');
  });

  await t.test('null attributes and what no schema knows do not hurt, and the latter is read back', async () => {
    const id = await makeUser(service, 'odd@example.com', {
      title: null,
      roles: [],
      emails: null,
      favouriteColor: 'green',
      'urn:acme:2.0:User': { floor: 3 },
    });
    const { body } = await scim('GET', `/Users/${id}`);
    assert.deepEqual(
      ['title' in body, 'roles' in body, body['favouriteColor'], body['urn:acme:2.0:User']],
      [false, false, 'green', { floor: 3 }],
    );
    assert.deepEqual(body['schemas'], ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:acme:2.0:User']);
  });

  await t.test('who is not there cannot be changed or deleted', async () => {
    for (const id of ['nobody', '00000000-0000-4000-8000-000000000000', "'; drop table scim_resource; --", 'x'.repeat(2_000)]) {
      const where = `/Users/${encodeURIComponent(id)}`;
      isScimError(await scim('GET', where), 404);
      isScimError(await scim('PUT', where, { body: { userName: 'a' } }), 404);
      isScimError(await scim('PATCH', where, { body: { Operations: [] } }), 404);
      isScimError(await scim('DELETE', where), 404);
    }
    const group = await scim('POST', '/Groups', { body: { displayName: 'No user' } });
    isScimError(await scim('GET', `/Users/${String(group.body['id'])}`), 404);
    const foreign = await makeUser(service, 'foreign@example.com', {}, 'entra-main');
    isScimError(await scim('GET', `/Users/${foreign}`), 404);
  });

  await t.test('a PUT of a group, as wizard apps of Okta send it, is its name and all its members', async () => {
    const made = await scim('POST', '/Groups', {
      body: { displayName: 'Before', members: [{ value: 'a' }, { value: 'b', display: 'B' }] },
    });
    const where = `/Groups/${String(made.body['id'])}`;
    const { status, body } = await scim('PUT', where, {
      body: { ...made.body, displayName: 'After', members: [{ value: 'b', display: 'Bob' }, { value: 'c' }] },
    });
    assert.deepEqual([status, body['displayName']], [200, 'After']);
    const read = (await scim('GET', where)).body['members'] as Body[];
    assert.deepEqual(
      read.map(({ value, display }) => [value, display]),
      [
        ['b', 'Bob'],
        ['c', undefined],
      ],
    );
    assert.deepEqual((await scim('PUT', where, { body: { displayName: 'After' } })).body['members'], []);
  });

  await t.test('what is not offered says so, and the rest is not there', async () => {
    isScimError(await scim('POST', '/Bulk', { body: {} }), 501);
    isScimError(await scim('GET', '/Me'), 501);
    isScimError(await scim('POST', '/.search', { body: {} }), 501);
    isScimError(await scim('POST', '/Users/.search', { body: {} }), 501);
    isScimError(await scim('GET', '/Devices'), 404);
    isScimError(await scim('POST', '/Users/x', { body: {} }), 404);
    isScimError(await scim('DELETE', '/Users'), 404);
    isScimError(await scim('PUT', '/Schemas', { body: {} }), 404);
  });

  await t.test('what is offered can be discovered, and not searched', async () => {
    const config = (await scim('GET', '/ServiceProviderConfig')).body;
    const supported = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'].map((name) => (config[name] as Body)['supported']);
    assert.deepEqual(supported, [true, false, true, false, false, true]);
    const types = (await scim('GET', '/ResourceTypes')).body['Resources'] as Body[];
    assert.deepEqual(
      types.map(({ id, endpoint }) => [id, endpoint]),
      [
        ['User', '/Users'],
        ['Group', '/Groups'],
      ],
    );
    const { body: list } = await scim('GET', '/Schemas');
    assert.equal(list['totalResults'], 3);
    for (const { id } of list['Resources'] as Body[]) {
      const { status, body } = await scim('GET', `/Schemas/${String(id)}`);
      assert.deepEqual([status, body['id']], [200, id]);
    }
    assert.ok(!JSON.stringify(list).includes('null'), "Entra's validator takes no null in schemas");
    for (const schema of list['Resources'] as { attributes: { subAttributes?: { name: string }[] }[] }[]) {
      for (const { subAttributes = [] } of schema.attributes) {
        assert.equal(new Set(subAttributes.map(({ name }) => name)).size, subAttributes.length, 'nor a sub-attribute twice');
      }
    }
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']) {
      isScimError(await scim('GET', `${path}?filter=id eq "x"`), 403);
    }
    isScimError(await scim('GET', '/Schemas/urn:nothing'), 404);
  });
});

test('a client that asks too often gets a SCIM Error that says when to come again', async (t) => {
  const { scim } = await startScim(t, { config: { server: { port: 0, rateLimit: { max: 2, windowSeconds: 60 } } } });
  await scim('GET', '/Users');
  await scim('GET', '/Users');
  const answer = await scim('GET', '/Users');
  isScimError(answer, 429);
  assert.ok(Number(answer.headers['retry-after']) >= 1);
});
