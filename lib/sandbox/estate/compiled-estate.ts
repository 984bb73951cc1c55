import { type CompiledPolicy, compilePolicy } from '../../isolation';
import { identityProviderArn, issuerName, roleArnOf } from './arns';
import type { DeclaredEstate } from './default-estate';
import type { Estate, EstateProvider, EstateRole } from './estate';

const DEFAULT_MAX_SESSION_SECONDS = 3600;

/** An estate that was declared when the sandbox began. */
export class CompiledEstate implements Estate {
  readonly #roles: ReadonlyMap<string, EstateRole>;
  readonly #providers: readonly EstateProvider[];

  constructor(declared: DeclaredEstate) {
    this.#roles = new Map(
      declared.roles.map((role) => {
        const arn = roleArnOf(declared, role.role);
        return [
          arn,
          {
            arn,
            maxSessionDurationSeconds: role.maxSessionDurationSeconds ?? DEFAULT_MAX_SESSION_SECONDS,
            trust: compilePolicy(`the trust policy of ${arn.split('/').at(-1) ?? arn}`, role.trustPolicy, 'trust'),
            identity: Object.entries(role.policies).map(([name, document]) => compilePolicy(name, document, 'identity')),
            boundary: role.permissionsBoundary && compilePolicy('the permissions boundary', role.permissionsBoundary, 'identity'),
            tags: role.tags ?? {},
          },
        ];
      }),
    );
    this.#providers = declared.identityProviders.map(({ issuerUrl, clientIds }) => ({
      arn: identityProviderArn(declared, issuerUrl),
      issuer: issuerName(issuerUrl),
      clientIds,
    }));
  }

  role(arn: string): Promise<EstateRole | undefined> {
    return Promise.resolve(this.#roles.get(arn));
  }

  providers(): Promise<readonly EstateProvider[]> {
    return Promise.resolve(this.#providers);
  }

  /** None is declared apart from roles. */
  managedPolicy(): Promise<CompiledPolicy | undefined> {
    return Promise.resolve(undefined);
  }
}
