import type { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import { ConfigCheck } from './config-check';
import { MultiTenantIamError } from './errors';
import { withLogicalId } from './logical-id';
import { renderPolicyDocument, renderStatements } from './policy-document';
import type { PolicyDocument } from './policy/document';
import { LIMITS, MAX_MANAGED_POLICY_CHARACTERS, policyLength } from './policy/limits';
import type { TenantRole } from './tenant-role';

/** Configuration of `TenantPolicy`. */
export interface TenantPolicyConfig {
  /** The role it is attached to. */
  readonly role: TenantRole;
  /** 1-128 characters of letters, digits and _ + = , . @ - */
  readonly policyName: string;
  /** What a person reads of it in IAM. */
  readonly description: string;
  /** At most 6,144 characters, white space not counted. */
  readonly document: PolicyDocument;
  /** @default '/' */
  readonly path?: string;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of document, policy and attachment.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

/** A managed policy attached to the tenant role. Its document may grow until synthesis. */
export class TenantPolicy extends Construct {
  readonly document: DataAwsIamPolicyDocument;
  readonly resource: IamPolicy;
  readonly attachment: IamRolePolicyAttachment;

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: TenantPolicyConfig) {
    super(scope, id);
    new ConfigCheck(this).fits('policyName', config.policyName, LIMITS.policyName).orThrow();
    checkPolicyLength(this.node.path, config.document);
    const { logicalId } = config;
    this.document = withLogicalId(renderPolicyDocument(this, 'document', config.document), logicalId);
    const policy = new IamPolicy(this, 'Resource', {
      name: config.policyName,
      description: config.description,
      path: config.path,
      policy: this.document.json,
      tags: config.tags,
    });
    this.resource = withLogicalId(policy, logicalId);
    const attachment = new IamRolePolicyAttachment(this, 'attachment', {
      role: config.role.resource.name,
      policyArn: this.resource.arn,
    });
    this.attachment = withLogicalId(attachment, logicalId);
  }

  /** @throws MultiTenantIamError `limit.exceeded` */
  replaceDocument(document: PolicyDocument): void {
    checkPolicyLength(this.node.path, document);
    this.document.putStatement(renderStatements(document));
  }
}

/** @throws MultiTenantIamError `limit.exceeded` */
export function checkPolicyLength(path: string, document: PolicyDocument): void {
  const length = policyLength(document);
  if (length <= MAX_MANAGED_POLICY_CHARACTERS) return;
  throw new MultiTenantIamError(
    'limit.exceeded',
    `${path}: the policy has at least ${length} characters, IAM takes ${MAX_MANAGED_POLICY_CHARACTERS}: grant less, or name resources by a shared prefix.`,
  );
}
