import type { Look } from '../connection.ts';
import { discover } from './discovery.ts';

/** Whether the transmitter says about itself what the management of a stream needs. */
export function lookAtTransmitter(connection: string, issuer: string): Look {
  const see = async () => {
    const { configuration_endpoint: endpoint } = await discover(issuer);
    return {
      verdict: 'fine',
      detail: `its streams are managed at ${endpoint}; \`leaver ssf connect ${connection}\` looks at ours`,
    } as const;
  };
  return { what: 'transmitter', see };
}
