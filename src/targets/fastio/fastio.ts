import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { createHttpClient, type HttpClient, type HttpSettings } from '../../outbound/outbound.ts';
import type { ActionContext, Capabilities, ChooseSuccessor, Reachability, Target, TellSuccessor } from '../target.ts';
import { ACTIONS } from './actions.ts';
import type { Attempt } from './attempt.ts';
import { createFastioClient } from './client.ts';
import { inspect } from './inspect.ts';

export interface FastioOptions {
  readonly id: string;
  /** Where the paths of the API begin: `/api/v1/...` is added to it. */
  readonly baseUrl: string;
  /** An organization token with the scopes `org:admin` and `users:manage`. */
  readonly token: string;
  readonly orgId: string;
  /** The account that takes over workspaces where nobody above the leaver can. */
  readonly fallbackOwnerId: string;
  /** The account that the token belongs to, where it is known: nobody is taken out who would take Leaver's own access along. */
  readonly serviceAccountId?: string | undefined;
  /** How many bytes one account may own, where the operator knows it. */
  readonly storageQuotaBytes?: number | undefined;
  readonly http: HttpSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly chooseSuccessor: ChooseSuccessor;
  /** Left out where nothing is configured to tell successors by. */
  readonly tellSuccessor?: TellSuccessor | undefined;
}

const CAPABILITIES: Capabilities = {
  suspend: { support: 'yes' },
  sessions: { support: 'yes' },
  tokens: { support: 'yes' },
  webhooks: { support: 'yes' },
  ownership: { support: 'yes' },
  membership: { support: 'yes' },
  audit: { support: 'yes' },
};

const RESOLUTION =
  'by the e-mail without regard to case among all members, then by other addresses of the person; two accounts are a question for a person';

/** Makes a Fastio organization a target. */
export function createFastioTarget(options: FastioOptions): Target {
  const http = openClient(options);
  return {
    id: options.id,
    kind: 'fastio',
    capabilities: CAPABILITIES,
    resolution: RESOLUTION,
    actions: ACTIONS.map(({ run: _, ...definition }) => definition),
    perform: async (action, context) => actionNamed(action).run(attemptOf(options, http, context)),
    probe: (signal) => probe(options, http, signal),
    inspect: (signal) => inspect(createFastioClient(http, options, { signal, stepId: 'inspect' }), options),
    close: () => http.close(),
  };
}

function openClient({ id, baseUrl, token, http, clock, log }: FastioOptions): HttpClient {
  const headers = () => ({ authorization: `Bearer ${token}` });
  return createHttpClient({ name: id, baseUrl, headers, credential: `targets[${id}].token`, ...http, clock, log });
}

function actionNamed(name: string) {
  const action = ACTIONS.find((candidate) => candidate.action === name);
  if (!action) throw new LeaverError('internal', `Fastio has no action called ${name}.`);
  return action;
}

function attemptOf(options: FastioOptions, http: HttpClient, context: ActionContext): Attempt {
  const { id, orgId, fallbackOwnerId, serviceAccountId, storageQuotaBytes, chooseSuccessor, tellSuccessor, clock, log } = options;
  const site = { id, orgId, fallbackOwnerId, serviceAccountId, storageQuotaBytes };
  return { context, api: createFastioClient(http, options, context), site, chooseSuccessor, tellSuccessor, clock, log };
}

async function probe(options: FastioOptions, http: HttpClient, signal: AbortSignal): Promise<Reachability> {
  const answer = await createFastioClient(http, options, { signal, stepId: 'probe' }).firstMember();
  if (answer.kind === 'fault') return { reachable: false, detail: answer.message };
  return { reachable: true, detail: `${options.id}: the members of ${options.orgId} can be read` };
}
