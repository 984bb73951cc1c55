import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment } from './aws-environment';
import { userPoolIssuer } from './policy/issuer';
import { keepLocalState } from './local-state';
import { DEFAULT_NAME_PREFIX } from './multi-tenant-iam-config';
import type { MultiTenantIamStackConfig } from './multi-tenant-iam-stack-config';
import { permissionsTagKey } from './policy/tenant-permissions';
import type { MadePools } from './stack-identity';
import { namePrefixVariable, regionVariable, tagsVariable } from './stack-variables';
import { TenantIdentityPool } from './tenant-identity-pool';
import { sessionTagKeys } from './tenant-role';
import { type ITenantUserPool, TenantUserPool } from './tenant-user-pool';

/** Terraform name of the resources; fixed, so that no later change of this code moves an address. */
const USERS_ID = 'users';

/**
 * Where the users are: the user pool with its app client and trigger, the identity pool. A stack of its own, as the ids of both are
 * known after their apply only: the trust policy that names them is whole in the first plan of the other stack then. And users live
 * longer than most of what serves them.
 *
 * Outputs: `user_pool_id`, `user_pool_client_id`, `identity_pool_id`, of what is made.
 */
export class TenantUsersStack extends TerraformStack {
  readonly provider: AwsProvider;
  readonly userPool?: TenantUserPool;
  readonly identityPool?: TenantIdentityPool;

  /** @param config that of the stack with the tenant role; it was checked there. */
  constructor(scope: Construct, id: string, config: MultiTenantIamStackConfig, made: MadePools) {
    super(scope, id);
    const { tenantTagKey = DEFAULT_TENANT_TAG_KEY, permissions } = config;
    const namePrefix = config.namePrefix ?? namePrefixVariable(this, DEFAULT_NAME_PREFIX);
    const sessionTags = sessionTagKeys({ kind: 'session-tag', tagKey: tenantTagKey }, permissions);
    this.provider = new AwsProvider(this, 'aws', {
      region: config.region ?? regionVariable(this),
      defaultTags: [{ tags: config.tags ?? tagsVariable(this, sessionTags) }],
    });
    const aws = AwsEnvironment.of(this);
    const { userPool, identityPool } = made;
    if (userPool !== undefined) {
      const roleName = config.roleName ?? `${namePrefix}-tenant`;
      this.userPool = new TenantUserPool(this, 'user_pool', {
        ...userPool.settings,
        userPoolName: userPool.settings.userPoolName ?? `${namePrefix}-users`,
        tokenTrigger: userPool.tokenTrigger,
        tenantTagKey,
        permissions,
        roleArns: config.rolePinning === true ? [aws.roleArn(roleName, config.path)] : undefined,
        logicalId: USERS_ID,
      });
      this.#output('user_pool_id', 'Id of the user pool.', this.userPool.userPoolId);
      this.#output('user_pool_client_id', 'Id of the app client: the audience of its ID tokens.', this.userPool.clientId);
    }
    if (identityPool !== undefined) {
      const { login, identityPoolName = `${namePrefix}-identities`, ...settings } = identityPool;
      // Another entry may have made a user pool, too, which is not the one that is named here.
      const users: ITenantUserPool | undefined =
        login === undefined ? this.userPool : { issuer: userPoolIssuer(login.userPoolId), clientId: login.audience };
      if (users === undefined) throw new Error('An identity pool needs a user pool.');
      this.identityPool = new TenantIdentityPool(this, 'identity_pool', {
        ...settings,
        identityPoolName,
        userPool: users,
        tenantTagKey,
        permissionsTagKey: permissions && permissionsTagKey(permissions),
        logicalId: USERS_ID,
      });
      this.#output('identity_pool_id', 'Id of the identity pool: the audience of its tokens.', this.identityPool.identityPoolId);
    }
  }

  /** Keeps the state as `MultiTenantIamStack` does. */
  override prepareStack(): void {
    keepLocalState(this);
    super.prepareStack();
  }

  #output(name: string, description: string, value: string): void {
    const output = new TerraformOutput(this, `output_${name}`, { description, value });
    output.overrideLogicalId(name);
  }
}
