import type { ContextEntries } from '../../isolation';
import type { Permission, Place } from '../operation';
import { contextOf } from './condition-keys';
import type { CopySource } from './copy-source';
import type { NamedDeletion } from './deletions';
import type { OperationRow } from './operation-row';
import { factsOf } from './request-facts';
import type { S3Request } from './s3-request';

/** What one request to S3 asks of IAM: for its operation, for what its headers demand, and for what it copies or deletes. */
export class AskedPermissions {
  readonly #s3: S3Request;
  readonly #row: OperationRow;
  readonly #place: Place;
  readonly #facts: ContextEntries;

  /** @throws AwsError `InvalidArgument`, `InvalidTag`, `MalformedXML` and those of a copy's source */
  constructor(s3: S3Request, row: OperationRow, place: Place) {
    this.#s3 = s3;
    this.#row = row;
    this.#place = place;
    this.#facts = factsOf(row.name, s3);
  }

  /** For the operation itself. */
  forOperation(): Permission[] {
    const { actions, versioned = false } = this.#row;
    const ofVersion = versioned && this.#s3.query.has('versionId');
    return actions.map((action) => this.#own(ofVersion ? versionAction(action) : action));
  }

  /** For what headers ask beside. */
  forHeaders(): Permission[] {
    return this.#s3.key === undefined ? this.#forBucketHeaders() : this.#forObjectHeaders();
  }

  /** For what a copy reads, and for its tags where the request says that they are copied. */
  forSource({ bucket, key, versionId }: CopySource): Permission[] {
    const copiesTags = this.#s3.headers['x-amz-tagging-directive']?.toUpperCase() === 'COPY';
    const facts = { 's3:versionid': versionId };
    return ['GetObject', ...(copiesTags ? ['GetObjectTagging'] : [])].map((action) =>
      this.#permission(versionId === undefined ? action : versionAction(action), bucket, key, facts),
    );
  }

  /** For one object of DeleteObjects. */
  forDeletion({ key, versionId, etag }: NamedDeletion): Permission[] {
    const { bucket = '' } = this.#s3;
    const facts = { 's3:versionid': versionId, 's3:if-match': etag };
    const action = versionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion';
    const others = [
      ...(this.#bypasses() ? ['BypassGovernanceRetention'] : []),
      // Whether an ETag is the right one tells of the object what only a reader may know.
      ...(etag === undefined || etag === '*' ? [] : ['GetObject']),
    ];
    return [action, ...others].map((each) => this.#permission(each, bucket, key, facts));
  }

  #forBucketHeaders(): Permission[] {
    const { headers } = this.#s3;
    if (this.#row.name !== 'CreateBucket') return [];
    const locked = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true';
    return [
      ...(this.#grants() ? ['PutBucketAcl'] : []),
      ...('x-amz-object-ownership' in headers ? ['PutBucketOwnershipControls'] : []),
      ...(locked ? ['PutBucketObjectLockConfiguration', 'PutBucketVersioning'] : []),
    ].map((action) => this.#own(action));
  }

  #forObjectHeaders(): Permission[] {
    const { headers } = this.#s3;
    const { name, actions } = this.#row;
    const writes = actions.includes('PutObject');
    const retains = 'x-amz-object-lock-mode' in headers || 'x-amz-object-lock-retain-until-date' in headers;
    const matched = headers['if-match'];
    return [
      ...(writes && this.#grants() ? ['PutObjectAcl'] : []),
      ...('x-amz-tagging' in headers || 'x-amz-tagging-directive' in headers ? ['PutObjectTagging'] : []),
      ...(retains ? ['PutObjectRetention'] : []),
      ...('x-amz-object-lock-legal-hold' in headers ? ['PutObjectLegalHold'] : []),
      ...(this.#bypasses() ? ['BypassGovernanceRetention'] : []),
      ...((writes || name === 'DeleteObject') && matched !== undefined && matched !== '*' ? ['GetObject'] : []),
    ].map((action) => this.#own(action));
  }

  #grants(): boolean {
    return Object.keys(this.#s3.headers).some((header) => header === 'x-amz-acl' || header.startsWith('x-amz-grant-'));
  }

  #bypasses(): boolean {
    return this.#s3.headers['x-amz-bypass-governance-retention']?.toLowerCase() === 'true';
  }

  #own(action: string): Permission {
    const { bucket, key } = this.#s3;
    return this.#permission(action, bucket, key, this.#facts);
  }

  #permission(action: string, bucket: string | undefined, key: string | undefined, facts: ContextEntries): Permission {
    const { partition, account } = this.#place;
    const context = contextOf(action, facts, account);
    const name = `s3:${action}`;
    if (bucket === undefined) return { action: name, resource: '*', context };
    const owner = `arn:${partition}:s3:::${bucket}`;
    return { action: name, resource: key === undefined ? owner : `${owner}/${key}`, owner, context };
  }
}

/** GetObjectVersionTagging for GetObjectTagging. */
function versionAction(action: string): string {
  return action.replace('Object', 'ObjectVersion');
}
