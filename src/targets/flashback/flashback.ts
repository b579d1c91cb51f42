import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { createHttpClient, type HttpClient, type HttpSettings, withAccessToken } from '../../outbound/outbound.ts';
import type { ActionContext, ChooseSuccessor, Reachability, Target } from '../target.ts';
import { ACTIONS } from './actions.ts';
import type { Attempt } from './attempt.ts';
import { CAPABILITIES } from './capabilities.ts';
import { createFlashbackClient } from './client.ts';
import { inspect } from './inspect.ts';
import { createRefreshedTokens } from './tokens.ts';

export interface FlashbackOptions {
  readonly id: string;
  /** Where the paths of the API begin: `/workspace`, `/organization/users` and so on are added to it. */
  readonly baseUrl: string;
  /** The access token of an account that manages people and is ADMIN of the workspaces. */
  readonly token: string;
  /** Brings a new access token when the present one is no longer accepted; without it, somebody has to replace the token every hour. */
  readonly refreshToken?: string | undefined;
  /** The account that becomes ADMIN where the leaver is the last one. */
  readonly fallbackOwnerId: string;
  /** Whether people are deleted from the organization, softly, once they are out of its workspaces. */
  readonly removeFromOrganization: boolean;
  readonly http: HttpSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly chooseSuccessor: ChooseSuccessor;
}

const RESOLUTION =
  'by the e-mail without regard to case among all people of the organization, then by other addresses of the person; deleted accounts are none, two are a question for a person';

/** Makes a Flashback organization a target. */
export function createFlashbackTarget(options: FlashbackOptions): Target {
  const http = openClient(options);
  return {
    id: options.id,
    kind: 'flashback',
    capabilities: CAPABILITIES,
    resolution: RESOLUTION,
    actions: ACTIONS.map(({ run: _, ...definition }) => definition),
    perform: async (action, context) => actionNamed(action).run(attemptOf(options, http, context)),
    probe: (signal) => probe(options, http, signal),
    inspect: (signal) => inspect(createFlashbackClient(http, { signal }), options),
    close: () => http.close(),
  };
}

function openClient({ id, baseUrl, token, refreshToken, http, clock, log }: FlashbackOptions): HttpClient {
  const open = (credential: 'token' | 'refreshToken', headers: () => Record<string, string>) =>
    createHttpClient({ name: id, baseUrl, headers, credential: `targets[${id}].${credential}`, ...http, clock, log });
  if (refreshToken === undefined) return open('token', () => ({ authorization: `Bearer ${token}` }));
  const withoutToken = () => ({});
  const tokens = createRefreshedTokens({ http: open('refreshToken', withoutToken), token, refreshToken });
  return withAccessToken(open('token', withoutToken), tokens);
}

function actionNamed(name: string) {
  const action = ACTIONS.find((candidate) => candidate.action === name);
  if (!action) throw new LeaverError('internal', `Flashback has no action called ${name}.`);
  return action;
}

function attemptOf(options: FlashbackOptions, http: HttpClient, context: ActionContext): Attempt {
  const { id, fallbackOwnerId, removeFromOrganization, chooseSuccessor, clock } = options;
  const site = { id, fallbackOwnerId, removeFromOrganization };
  return { context, api: createFlashbackClient(http, context), site, chooseSuccessor, clock };
}

async function probe({ id }: FlashbackOptions, http: HttpClient, signal: AbortSignal): Promise<Reachability> {
  const answer = await createFlashbackClient(http, { signal }).profile();
  if (answer.kind === 'fault') return { reachable: false, detail: answer.message };
  return { reachable: true, detail: `${id}: answers to the account ${answer.body.id}` };
}
