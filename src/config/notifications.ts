import type { Secret } from '../kernel/secret.ts';
import { expects, flag, isLoopback, list, mapping, oneOf, secret, secretOrSecrets, text, whole } from './fields.ts';

const ADDRESS = '[^\\s<>@,;]+@[^\\s<>@,;]+';
const address = text('an address', 'write it-desk@example.com', new RegExp(`^${ADDRESS}$`));
const sender = text(
  'the address of a sender',
  'write leaver@example.com, or Leaver <leaver@example.com>',
  new RegExp(`^(?:${ADDRESS}|[^<>@\\r\\n]+ <${ADDRESS}>)$`),
);
const host = text('a host', 'write the name of the mail server', /^[A-Za-z0-9:.-]+$/);

/** Hours without any message of a connection after which the operators are told; 0 is never. */
export const silentAfterHours = whole(0, 8_760);

const smtp = mapping({
  host,
  port: whole(1, 65_535).default(587),
  secure: flag.default(false),
  requireTls: flag.default(true),
  user: text('a user name', 'write the name to sign in to the mail server with').optional(),
  password: secret.optional(),
  from: sender,
})
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    message: 'has only one of user and password; write both, or neither',
  })
  .refine(({ host, secure, requireTls, password }) => password === undefined || secure || requireTls || isLoopback(host), {
    message: 'would send the password without encryption; leave requireTls at true, or write secure: true',
    path: ['requireTls'],
  })
  // Nobody listens on the way to ourselves, and few servers there offer TLS.
  .transform((server) => ({ ...server, requireTls: server.requireTls && !isLoopback(server.host) }));

const HOOK = expects('the address of a webhook', 'write the https address that takes the messages, or a file that holds it');

/** Whoever has such an address can often post to it: it is a secret. */
const hook = secret.refine(isHook, HOOK);

function isHook(value: Secret): boolean {
  const address = value.reveal();
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

const SIGNING = expects('a Standard Webhooks secret', 'write whsec_ and the base64 of at least 24 bytes');
const SIGNING_FORM = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;
const signingSecrets = secretOrSecrets.refine((all) => all.every((one) => SIGNING_FORM.test(one.reveal())), SIGNING);

const operators = mapping({
  mail: list(address, 'write the addresses as a list').default([]),
  slack: mapping({ url: hook }).optional(),
  webhook: mapping({ url: hook, secret: signingSecrets }).optional(),
});

/** Whom Leaver tells what, and how. */
export const notifications = mapping({
  smtp: smtp.optional(),
  operators: operators.prefault({}),
  events: list(
    oneOf(['case.held', 'case.attention', 'case.completed', 'target.down', 'intake.silent']),
    'write the events of which operators are told as a list',
  ).default(['case.held', 'case.attention', 'case.completed', 'target.down', 'intake.silent']),
  templatesDir: text('a path', 'write the folder that holds your templates').optional(),
  intakeSilentAfterHours: silentAfterHours.default(168),
}).refine(({ smtp: server, operators: { mail } }) => server !== undefined || mail.length === 0, {
  message: 'is there, but no mail server; write notifications.smtp, or take the addresses out',
  path: ['operators', 'mail'],
});
