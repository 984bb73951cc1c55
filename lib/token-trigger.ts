import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { checkTokenTriggerSettings, TOKEN_TRIGGER_SETTINGS, type TokenTriggerSettings } from 'multi-tenant-data-access/cognito';
import { DEFAULT_TENANT_TAG_KEY, PERMISSIONS_ATTRIBUTE, ROLE_ATTRIBUTE, TENANT_ATTRIBUTE } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment } from './aws-environment';
import { assertConfig, ConfigCheck } from './config-check';
import { LAMBDA_NODE, lambdaCode } from './lambda-code';
import { suffixed, withLogicalId } from './logical-id';
import { renderPolicyDocument } from './policy-document';
import { policyDocument } from './policy/document';
import { LIMITS } from './policy/limits';
import { permissionsTagKey, type TenantPermissions } from './policy/tenant-permissions';
import { checkPermissions } from './permissions-config';
import { checkTags } from './tags';

/** What the trigger puts into tokens. */
export interface TokenTags {
  /**
   * Key of the session tag in which the token carries the tenant.
   *
   * @default 'tenant_id'
   */
  readonly tenantTagKey?: string;
  /**
   * What the roles of users may do; the user's own is in the attributes `custom:role` and `custom:permissions`.
   *
   * @default - none: tokens carry the tenant only
   */
  readonly permissions?: TenantPermissions;
  /**
   * ARNs of the only roles that a token may assume, for `rolePinning`.
   *
   * @default - any role that trusts the token
   */
  readonly roleArns?: readonly string[];
}

/** Configuration of `TokenTrigger`. */
export interface TokenTriggerConfig extends TokenTags {
  /** Name of the function, and of its role: 1-64 characters of letters, digits, _ and - */
  readonly functionName: string;
  /** ARN of the user pool that may call the function. */
  readonly userPoolArn: string;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the function and its companions.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

const OPTIONS = {
  functionName: true,
  userPoolArn: true,
  tenantTagKey: true,
  permissions: true,
  roleArns: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof TokenTriggerConfig, true>;

/** Cognito waits so long for a trigger, in seconds. */
const TIMEOUT_SECONDS = 5;
const LOG_RETENTION_DAYS = 90;

/**
 * The Lambda function that puts the tenant of a user into the ID token, as session tags: a pre token generation trigger, version V2_0. A
 * user without a valid tenant gets no token. It may write its own log, and nothing else; only its user pool may call it.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export class TokenTrigger extends Construct {
  /** Made from names, so known when Terraform plans. */
  readonly functionArn: string;
  readonly resource: LambdaFunction;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
  readonly invokePermission: LambdaPermission;

  /** @throws MultiTenantIamError `config.invalid` */
  constructor(scope: Construct, id: string, config: TokenTriggerConfig) {
    super(scope, id);
    assertConfig(this, config);
    const { functionName, userPoolArn, tags, logicalId } = config;
    const check = new ConfigCheck(this).onlyKnown(config, OPTIONS).needs('functionName', functionName, LIMITS.functionName);
    check.fits('tenantTagKey', config.tenantTagKey, LIMITS.tagKey);
    checkTags(checkPermissions(check, config.permissions, config.tenantTagKey), tags).orThrow();
    for (const problem of checkTokenTriggerSettings(asKnown(triggerSettings(config)))) check.problem(problem);
    check.orThrow();

    const aws = AwsEnvironment.of(this);
    const logGroupName = `/aws/lambda/${functionName}`;
    this.functionArn = aws.arn('lambda', `function:${functionName}`);
    this.logGroup = withLogicalId(
      new CloudwatchLogGroup(this, 'log_group', { name: logGroupName, retentionInDays: LOG_RETENTION_DAYS, tags }),
      logicalId,
    );
    const trust = policyDocument({
      Sid: 'Lambda',
      Effect: 'Allow',
      Principal: { Service: ['lambda.amazonaws.com'] },
      Action: ['sts:AssumeRole'],
    });
    const trustDocument = withLogicalId(renderPolicyDocument(this, 'trust', trust), suffixed(logicalId, 'trust'));
    this.role = withLogicalId(
      new IamRole(this, 'role', {
        name: functionName,
        description: 'Of the function that puts the tenant into tokens; writes its log.',
        assumeRolePolicy: trustDocument.json,
        tags,
      }),
      logicalId,
    );
    const ownLog = policyDocument({
      Sid: 'OwnLog',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`${aws.arn('logs', `log-group:${logGroupName}`)}:*`],
    });
    const rolePolicy = withLogicalId(
      new IamRolePolicy(this, 'policy', {
        name: 'own-log',
        role: this.role.name,
        policy: withLogicalId(renderPolicyDocument(this, 'policy_document', ownLog), logicalId).json,
      }),
      logicalId,
    );
    const code = lambdaCode(this, 'code', 'multi-tenant-data-access/cognito');
    this.resource = withLogicalId(
      new LambdaFunction(this, 'Resource', {
        functionName,
        description: 'Puts the tenant of a user into the ID token. Without a valid tenant there is no token.',
        role: this.role.arn,
        runtime: `nodejs${LAMBDA_NODE}.x`,
        architectures: ['arm64'],
        handler: 'index.handler',
        filename: code.path,
        sourceCodeHash: code.hash,
        timeout: TIMEOUT_SECONDS,
        // By Terraform's function, as CDKTF's HCL does not escape quotes beside an expression.
        environment: { variables: { [TOKEN_TRIGGER_SETTINGS]: Fn.jsonencode(triggerSettings(config)) } },
        // Lambda would make the log group itself, to be kept for ever.
        dependsOn: [this.logGroup, rolePolicy],
        tags,
      }),
      logicalId,
    );
    this.invokePermission = withLogicalId(
      new LambdaPermission(this, 'invoke_permission', {
        statementId: 'UserPool',
        action: 'lambda:InvokeFunction',
        functionName: this.resource.functionName,
        principal: 'cognito-idp.amazonaws.com',
        sourceArn: userPoolArn,
        sourceAccount: aws.accountId,
      }),
      logicalId,
    );
  }
}

/** What the function reads from its environment. */
function triggerSettings({ tenantTagKey = DEFAULT_TENANT_TAG_KEY, permissions, roleArns }: TokenTags): TokenTriggerSettings {
  return {
    tenantAttribute: TENANT_ATTRIBUTE,
    tenantTagKey,
    ...(permissions && {
      permissions: {
        tagKey: permissionsTagKey(permissions),
        roleAttribute: ROLE_ATTRIBUTE,
        permissionsAttribute: PERMISSIONS_ATTRIBUTE,
        roles: permissions.roles,
      },
    }),
    ...(roleArns && { roleArns }),
  };
}

/** The same with the longest ARN in the place of each that Terraform fills in, as the settings must fit into Lambda's environment. */
function asKnown({ roleArns, ...settings }: TokenTriggerSettings): TokenTriggerSettings {
  return { ...settings, ...(roleArns && { roleArns: roleArns.map((arn) => (Token.isUnresolved(arn) ? LONGEST_ROLE_ARN : arn)) }) };
}

const LONGEST_ROLE_ARN = `arn:aws-us-gov:iam::123456789012:role/${'x'.repeat(64)}`;
