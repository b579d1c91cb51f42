import type { OperatorAccess } from './http/auth.ts';
import type { Http } from './http/build-http.ts';
import { operatorRoutes } from './http/operator-routes.ts';
import type { ConnectionToInspect } from './intake/connection.ts';
import { connectionRoutes } from './intake/connection-routes.ts';
import { type GraphRoutesNeeds, graphRoutes } from './intake/entra-graph/routes.ts';
import { type OktaRoutesNeeds, oktaEventHookRoutes } from './intake/okta-event-hook/routes.ts';
import { type OktaRevocationNeeds, oktaRevocationRoutes } from './intake/okta-revocation/routes.ts';
import { signalRoutes } from './intake/routes.ts';
import { type ScimRoutesNeeds, scimRoutes } from './intake/scim/routes.ts';
import { type SharedSignalsNeeds, sharedSignalsRoutes } from './intake/shared-signals/routes.ts';
import { standardWebhookRoutes, type WebhookRoutesNeeds } from './intake/standard-webhook/routes.ts';
import { type LedgerRoutesNeeds, ledgerRoutes } from './ledger/routes.ts';
import { type CaseRoutesNeeds, caseRoutes } from './offboarding/routes.ts';
import { type RetentionRoutesNeeds, retentionRoutes } from './retention/routes.ts';
import { type TargetRoutesNeeds, targetRoutes } from './targets/routes.ts';

/** What each room of routes needs, by the channel or the part of the API that it is. */
export interface RoutesNeeds {
  readonly operators: OperatorAccess;
  readonly eventHook: OktaRoutesNeeds;
  readonly revocation: OktaRevocationNeeds;
  readonly scim: ScimRoutesNeeds;
  readonly graph: GraphRoutesNeeds;
  readonly sharedSignals: SharedSignalsNeeds;
  readonly webhook: WebhookRoutesNeeds;
  readonly signals: Parameters<typeof signalRoutes>[1];
  readonly connections: readonly ConnectionToInspect[];
  readonly cases: CaseRoutesNeeds;
  readonly ledger: LedgerRoutesNeeds;
  readonly retention: RetentionRoutesNeeds;
  readonly targets: TargetRoutesNeeds;
}

/** Every route of the service but the probes: what is served, and what `openapi.yaml` describes. */
export function registerRoutes(http: Http, needs: RoutesNeeds): void {
  oktaEventHookRoutes(http, needs.eventHook);
  oktaRevocationRoutes(http, needs.revocation);
  scimRoutes(http, needs.scim);
  graphRoutes(http, needs.graph);
  sharedSignalsRoutes(http, needs.sharedSignals);
  standardWebhookRoutes(http, needs.webhook);
  const routes = operatorRoutes(http, needs.operators);
  signalRoutes(routes, needs.signals);
  connectionRoutes(routes, needs.connections);
  caseRoutes(routes, needs.cases);
  ledgerRoutes(routes, needs.ledger);
  retentionRoutes(routes, needs.retention);
  targetRoutes(routes, needs.targets);
}
