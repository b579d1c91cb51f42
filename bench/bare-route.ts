import { fastify } from 'fastify';
import pg from 'pg';

/** What durable intake is measured against: a route that does one INSERT and nothing else. */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 12 });
await pool.query('create table if not exists bench_bare (id bigint generated always as identity primary key, body jsonb not null)');
const http = fastify();
http.post('/events', async (request, reply) => {
  await pool.query('insert into bench_bare (body) values ($1)', [JSON.stringify(request.body)]);
  return await reply.status(204).send();
});
const url = await http.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${url}\n`);
process.once('SIGTERM', () => void http.close().then(() => pool.end()));
