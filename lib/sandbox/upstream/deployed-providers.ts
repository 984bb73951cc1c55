import type { EstateProvider } from '../estate/estate';
import type { QueryApi } from './query-api';

/** Reads all IAM OIDC providers. @throws AwsError ServiceUnavailable if any of them cannot be read */
export async function readProviders(iam: QueryApi): Promise<EstateProvider[]> {
  // This list has no pages.
  const list = (await iam.call('ListOpenIDConnectProviders')).members('OpenIDConnectProviderList');
  return Promise.all(list.map((provider) => readProvider(iam, provider.text('Arn'))));
}

async function readProvider(iam: QueryApi, arn: string): Promise<EstateProvider> {
  const provider = await iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn });
  return {
    arn,
    // AWS gives it without the scheme, however it was created.
    issuer: provider.text('Url').replace(/^https?:\/\//, ''),
    clientIds: provider.members('ClientIDList').map((clientId) => clientId.ownText),
  };
}
