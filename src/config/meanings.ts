/**
 * What each setting does, in a sentence for whoever sets it: the last column of docs/configuration.md. A member of a connection or a target stands under
 * its kind, or under `connections` and `targets` where every kind has it. A setting without a sentence, and a sentence without a setting, fail the reference.
 */
export const MEANINGS: Readonly<Record<string, string>> = {
  roles: 'What this process does: serve the HTTP side, work on cases, or both. Split them to scale, on one database.',
  dataDir: 'The folder for the key that signs evidence, the head of the ledger and the embedded PostgreSQL, relative to the configuration.',

  'server.host': 'The address to listen on.',
  'server.port': 'The port to listen on; 0 takes any that is free.',
  'server.publicUrl':
    'The address under which identity providers and operators reach Leaver. Left out, it is `http://<host>:<port>`. Graph and SCIM are told addresses below it.',
  'server.trustProxy':
    'Whether `X-Forwarded-For` is believed: `true` behind one proxy that nobody can get around, or the addresses of the proxies. `false` takes the address of the connection.',
  'server.rateLimit.max':
    'Requests from one address (a /64 of IPv6) in a window; more are 429. What comes in at `/intake` is counted apart. Probes are never limited.',
  'server.rateLimit.windowSeconds': 'How long such a window is.',
  'server.timeouts.headersSeconds': 'How long a client may take to send the headers of a request; not longer than `requestSeconds`.',
  'server.timeouts.requestSeconds': 'How long a client may take to send a whole request.',
  'server.timeouts.idleSeconds': 'How long a connection may stay open without a word.',
  'server.shutdownSeconds': 'How long work in progress may take when the service stops; what does not end is handed to other workers.',

  'database.url': 'The PostgreSQL to use, `postgresql://user:password@host:5432/database`; empty for the embedded one under `dataDir`.',
  'database.migrate':
    'Whether the start brings the database to the schema of this version; `false` waits for it, where `leaver migrate` runs as a job before each new version.',

  'operators.tokens': 'Who may use the operator API and the command line, by tokens of your own. `leaver token new` prints a line.',
  'operators.tokens[].name': 'Who holds the token, as it is recorded and logged.',
  'operators.tokens[].role':
    'What the holder may do: `viewer` reads, `operator` opens and instructs cases as well, `admin` also erases people and changes the key that signs evidence.',
  'operators.tokens[].sha256': 'The SHA-256 of the token. The token itself stands nowhere.',
  'operators.oidc': 'Lets in those whom your OpenID provider gives an access token.',
  'operators.oidc.issuer': 'The `iss` of the tokens, letter for letter.',
  'operators.oidc.audience': 'The `aud` of the tokens.',
  'operators.oidc.jwksUri': 'Where the keys of the provider are. Left out, the provider is asked for it (discovery).',
  'operators.oidc.algorithms': 'The signatures that are accepted. Left out, all of these.',
  'operators.oidc.claim': 'The claim that carries groups or roles; dots lead into it.',
  'operators.oidc.nameClaim': 'The claim by which operators are recorded.',
  'operators.oidc.roles': 'The role of each group, with at least one; whoever has several of them has the highest.',

  'connections.id': 'Its name, which is part of the addresses that it is reached at. No two connections share one.',
  'connections.kind': 'Which of the kinds it is.',
  'connections.intakeSilentAfterHours':
    'After how long without any message of this connection operators are told; 0 is never. Left out, `notifications.intakeSilentAfterHours`.',

  'okta.eventHook': 'Okta posts events to `<publicUrl>/intake/okta/<id>/events`.',
  'okta.eventHook.secrets': 'What Okta sends in the header, as a whole; several while one is changed.',
  'okta.eventHook.header': 'The header that carries the secret.',
  'okta.eventHook.apps': 'Ids of the apps in Okta (0oa…) whose loss takes a person out.',
  'okta.universalLogout': 'Okta logs people out at `<publicUrl>/intake/okta/<id>/revocation`.',
  'okta.universalLogout.issuer': 'The `iss` of its tokens: the address of the Okta organization.',
  'okta.universalLogout.audience': 'The `aud` of its tokens: the address above, as Okta has it.',
  'okta.universalLogout.jwksUri': 'Where the keys of the organization are.',
  'okta.scim': 'Okta provisions to `<publicUrl>/intake/scim/<id>/v2`.',
  'okta.scim.tokens': 'The bearer tokens that Okta may send, without `Bearer`; several while one is changed.',
  'okta.api':
    'Reads people back at Okta before anything is hard to reverse, and finds managers. Signs in with `token`, or with `clientId` and `privateKey`.',
  'okta.api.baseUrl': 'The address of the Okta organization.',
  'okta.api.token': 'An API token of a read-only administrator.',
  'okta.api.clientId': 'The client id of a service app with the scope `okta.users.read`.',
  'okta.api.privateKey': 'The private key of the service app.',

  'entra.scim': 'Entra provisions to `<publicUrl>/intake/scim/<id>/v2`. It has `tokens`, `entraJwt` or both.',
  'entra.scim.tokens': 'The bearer tokens that Entra may send; several while one is changed.',
  'entra.scim.entraJwt': 'Accepts the tokens that Entra signs where no secret token was entered; Microsoft means this for testing.',
  'entra.scim.entraJwt.issuer': 'The `iss` of these tokens: `https://sts.windows.net/<tenant id>/`.',
  'entra.scim.entraJwt.audience': 'The `aud` of these tokens.',
  'entra.scim.entraJwt.jwksUri': 'Where the keys of the tenant are.',
  'entra.graph':
    'Subscribes to changes of users, which Graph tells at `<publicUrl>/intake/entra/<id>/notifications`, and reads people back through Microsoft Graph.',
  'entra.graph.clientState':
    'What Graph sends back with every notification, at most 128 characters; a list while it is changed, the new one first.',
  'entra.graph.tenantId': 'The id of the tenant, the UUID.',
  'entra.graph.clientId': 'The application (client) id of the registered application.',
  'entra.graph.clientSecret': 'A client secret of the application.',
  'entra.graph.baseUrl': 'Microsoft Graph; another one in a national cloud only.',
  'entra.graph.tokenUrl': 'Where tokens are made. Left out, `https://login.microsoftonline.com/<tenantId>/oauth2/v2.0/token`.',

  'ssf.issuer': 'The `iss` of its tokens, letter for letter, slashes at the end included.',
  'ssf.audience': 'What the transmitter writes into `aud`.',
  'ssf.jwksUri': 'Where the keys of the transmitter are.',
  'ssf.bearer':
    'Whole Authorization values of its pushes, at `<publicUrl>/intake/ssf/<id>/events`; several while one is changed. With none the signature alone counts.',
  'ssf.poll': 'Fetches the events, where the transmitter cannot reach Leaver.',
  'ssf.poll.url': 'The address at which the stream is polled.',
  'ssf.poll.intervalSeconds': 'How often it is asked, where it answers at once.',
  'ssf.poll.token': 'The bearer token for it.',
  'ssf.management': 'Lets `leaver ssf connect` make the stream and verify it.',
  'ssf.management.token': 'The bearer token for it.',

  'webhook.secrets':
    'What it signs with (`whsec_…`), or its public key (`whpk_…`); several while one is changed. It posts to `<publicUrl>/intake/webhook/<id>`.',
  'webhook.toleranceSeconds': 'How far the time of a message may be from ours, in either direction.',
  'webhook.defaultTimeZone': 'Where people are of whom the payload does not say it: the end of a last day is theirs.',
  'webhook.mapping.type': 'Where the payload has the type of the event.',
  'webhook.mapping.email': 'Where it has the address of the person.',
  'webhook.mapping.id': "Where it has the HR system's own id of the person, which stays when the address changes.",
  'webhook.mapping.name': 'Where it has the name of the person.',
  'webhook.mapping.effectiveAt': 'Where it has the last day, or the moment of leaving.',
  'webhook.mapping.timeZone': 'Where it has the time zone of the person.',
  'webhook.mapping.occurredAt': 'Where it has the time of the event.',
  'webhook.mapping.left': 'The types of event that mean that somebody has left.',
  'webhook.mapping.contain': 'The types that mean that somebody is to be locked out.',
  'webhook.mapping.back': 'The types that mean that somebody is back. No type stands in two of these lists.',

  'targets.id': 'Its name, in cases, plans and the record. No two targets share one.',
  'targets.kind': 'Which of the kinds it is.',
  'targets.baseUrl': 'The address of its API.',
  'targets.token': 'What Leaver signs in with there.',
  'targets.fallbackOwnerId': 'The account that takes over what a leaver owns, where no successor is found.',

  'fastio.orgId': 'The organization that people are taken out of.',
  'fastio.serviceAccountId': 'The account that the token belongs to: it is never touched, and a case about it is held.',
  'fastio.storageQuotaBytes':
    'How much one account may own: who has no room for what comes does not succeed. Left out, the target is asked by trying.',
  'fastio-live.orgId': 'The organization that people are taken out of: the number of its profile, in quotes.',
  'flashback.refreshToken': 'Fetches the next token when the first, which is good for an hour, ends.',
  'flashback.removeFromOrganization': 'Whether the account is deleted (softly) once it is out of the workspaces.',

  'policy.graceSeconds': 'Time between the lock-out, which is immediate, and the steps that are hard to reverse.',
  'policy.confirm':
    'Whether a departure is confirmed before anything is hard to reverse. `auto`: the person is read back where the connection has a reader; `always`: a person confirms where there is none; `never`: neither.',
  'policy.protected': 'People whose case is held until an operator approves it: addresses, or `*@example.com` for a whole domain.',
  'policy.signals': 'What an event does, by its name, where it should differ from the built-in table (docs/signals.md).',
  'policy.stepRetry.minDelayMs': 'The first pause before a step that failed is tried again; pauses double.',
  'policy.stepRetry.maxDelayMs': 'The longest pause.',
  'policy.stepRetry.deadlineMs':
    'How long the pauses of a step may be in sum before a person must act. Time in which a target is known to be down does not count.',

  'http.timeoutMs': 'How long a call to a target may take.',
  'http.retry.attempts': 'How many times a call is made within one attempt of a step.',
  'http.retry.minDelayMs': 'The first pause between these calls.',
  'http.retry.maxDelayMs': 'The longest pause between them.',

  'ledger.checkpointEntries': 'A checkpoint is signed when so many entries have come since the last one.',
  'ledger.checkpointSeconds': 'A checkpoint is signed as well when there is a new entry and the last checkpoint is this old.',
  'ledger.checkSeconds': 'How often the background checker looks at what is new.',
  'ledger.retentionDays': 'How long after they were last touched closed cases are pruned. Left out, nothing is.',

  'notifications.smtp': 'The mail server. Without it nobody gets mail.',
  'notifications.smtp.host': 'Its name or address.',
  'notifications.smtp.port': 'Its port.',
  'notifications.smtp.secure': 'TLS from the first byte, as a rule on port 465.',
  'notifications.smtp.requireTls':
    'No mail without encryption (STARTTLS); this machine itself is spared. With a password, this or `secure` has to be on.',
  'notifications.smtp.user': 'The name to sign in with; together with `password`, or neither.',
  'notifications.smtp.password': 'The password to sign in with.',
  'notifications.smtp.from': 'The sender: `leaver@example.com`, or `Leaver <leaver@example.com>`.',
  'notifications.operators.mail': 'The operators who get mail; needs `notifications.smtp`.',
  'notifications.operators.slack': 'An incoming webhook of Slack, or of what takes the same.',
  'notifications.operators.slack.url': 'Its https address; whoever has it can post to it.',
  'notifications.operators.webhook': 'A Standard Webhook of yours.',
  'notifications.operators.webhook.url': 'Its https address.',
  'notifications.operators.webhook.secret':
    'What messages are signed with, `whsec_…`; a list while it is changed: each message is signed with all.',
  'notifications.events': 'What operators are told of.',
  'notifications.templatesDir': 'A folder with templates of yours, relative to the configuration.',
  'notifications.intakeSilentAfterHours': 'After how long without any message of a connection operators are told; 0 is never.',

  'log.level': 'What is logged, from this level up.',
  'log.emails': 'Where addresses of people stand in full: in lines of debug and trace only, or in all.',
};
