import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { createHttpClient, type HttpClient, type HttpSettings } from '../../outbound/outbound.ts';
import type { ActionContext, ChooseSuccessor, Reachability, Target, TellSuccessor } from '../target.ts';
import { ACTIONS } from './actions.ts';
import type { Attempt } from './attempt.ts';
import { CAPABILITIES } from './capabilities.ts';
import { createLiveClient } from './client.ts';
import { DIALECT } from './dialect.ts';
import { inspect } from './inspect.ts';
import { withPlanAdvice } from './refusals.ts';

export interface LiveOptions {
  readonly id: string;
  /** Where the paths of the API begin, its version included: `https://api.fast.io/current`, to which `/org/...` is added. */
  readonly baseUrl: string;
  /** An API key of an account that is an admin of the organization, which works with all that this account may do. */
  readonly token: string;
  readonly orgId: string;
  /** The account that takes over workspaces and shares. */
  readonly fallbackOwnerId: string;
  readonly http: HttpSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly chooseSuccessor: ChooseSuccessor;
  /** Left out where nothing is configured to tell successors by. */
  readonly tellSuccessor?: TellSuccessor | undefined;
}

const RESOLUTION =
  'by the e-mail without regard to case among the members of the organization, of its workspaces and of the shares, then by other addresses of the person; who was only invited is found as such, two accounts are a question for a person';

/** Makes an organization of the live Fast.io a target. */
export function createFastioLiveTarget(options: LiveOptions): Target {
  const http = openClient(options);
  return {
    id: options.id,
    kind: 'fastio-live',
    capabilities: CAPABILITIES,
    resolution: RESOLUTION,
    actions: ACTIONS.map(({ run: _, ...definition }) => definition),
    perform: async (action, context) => withPlanAdvice(await actionNamed(action).run(attemptOf(options, http, context))),
    probe: (signal) => probe(options, http, signal),
    inspect: (signal) => inspect(createLiveClient(http, options, { signal }), options),
    close: () => http.close(),
  };
}

function openClient({ id, baseUrl, token, http, clock, log }: LiveOptions): HttpClient {
  const headers = () => ({ authorization: `Bearer ${token}` });
  return createHttpClient({ name: id, baseUrl, headers, credential: `targets[${id}].token`, dialect: DIALECT, ...http, clock, log });
}

function actionNamed(name: string) {
  const action = ACTIONS.find((candidate) => candidate.action === name);
  if (!action) throw new LeaverError('internal', `The live Fast.io has no action called ${name}.`);
  return action;
}

function attemptOf(options: LiveOptions, http: HttpClient, context: ActionContext): Attempt {
  const { id, orgId, fallbackOwnerId, chooseSuccessor, tellSuccessor, clock, log } = options;
  const site = { id, orgId, fallbackOwnerId };
  return { context, api: createLiveClient(http, options, context), site, chooseSuccessor, tellSuccessor, clock, log };
}

async function probe(options: LiveOptions, http: HttpClient, signal: AbortSignal): Promise<Reachability> {
  const answer = await createLiveClient(http, options, { signal }).caller();
  if (answer.kind === 'fault') return { reachable: false, detail: answer.message };
  return { reachable: true, detail: `${options.id}: answers to the account ${answer.body.id}` };
}
