import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { DataAwsRegion } from '@cdktf/provider-aws/lib/data-aws-region';
import { Fn, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { withLogicalId } from './logical-id';

/** The region that an ARN names: a service uses a KMS key of its own region only. */
export function regionOfArn(arn: string): string {
  return Token.isUnresolved(arn)
    ? (Fn.element(Fn.split(':', arn), REGION_SEGMENT) as string)
    : (arn.split(':')[REGION_SEGMENT] ?? '');
}

const REGION_SEGMENT = 3;

/** Terraform name of the data sources. */
const LOGICAL_ID = 'multi_tenant_iam';
const ID = 'multi_tenant_iam_environment';

/**
 * Partition, region and account that the stack's AWS provider works in, read once a stack. ARNs made from these and from names are
 * known when Terraform plans, so that the first plan shows every policy whole; the `arn` of a resource would hide it until after
 * the apply.
 */
export class AwsEnvironment extends Construct {
  readonly accountId: string;
  readonly region: string;
  readonly #partition: string;

  /** The environment of the stack in which a construct stands. */
  static of(scope: Construct): AwsEnvironment {
    const stack = TerraformStack.of(scope);
    const existing = stack.node.tryFindChild(ID);
    return existing instanceof AwsEnvironment ? existing : new AwsEnvironment(stack);
  }

  private constructor(stack: TerraformStack) {
    super(stack, ID);
    // Kept, as each read of an attribute makes a new token.
    this.#partition = withLogicalId(new DataAwsPartition(this, 'partition'), LOGICAL_ID).partition;
    this.accountId = withLogicalId(new DataAwsCallerIdentity(this, 'caller_identity'), LOGICAL_ID).accountId;
    // `id` is the region's name in the AWS provider 5 and 6 alike; `name` is deprecated in 6.
    this.region = withLogicalId(new DataAwsRegion(this, 'region'), LOGICAL_ID).id;
  }

  iamArn(resource: string): string {
    return `arn:${this.#partition}:iam::${this.accountId}:${resource}`;
  }

  /** @param path begins and ends with a slash */
  roleArn(roleName: string, path = '/'): string {
    return this.iamArn(`role${path}${roleName}`);
  }

  /** Of a resource in this region and account: `arn:aws:lambda:eu-central-1:123456789012:function:name` */
  arn(service: string, resource: string): string {
    return `arn:${this.#partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  tableArn(tableName: string): string {
    return this.arn('dynamodb', `table/${tableName}`);
  }

  bucketArn(bucketName: string): string {
    return `arn:${this.#partition}:s3:::${bucketName}`;
  }
}
