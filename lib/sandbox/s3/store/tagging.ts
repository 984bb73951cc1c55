import type { AwsAnswer } from '../../http/aws-request';
import type { S3Request } from '../s3-request';
import { readXml, textOf, xmlElement } from '../xml';
import { emptyAnswer, xmlAnswer } from './answers';
import type { ObjectBucket } from './object-bucket';
import { objectOf } from './read-object';
import { checkTags, type Tags } from './stored-object';

export function getTagging(bucket: ObjectBucket, { key, query }: S3Request): AwsAnswer {
  const { tags } = objectOf(bucket, key, query.get('versionId'));
  const elements = tags.map(([name, value]) => xmlElement('Tag', [xmlElement('Key', name), xmlElement('Value', value)]));
  return xmlAnswer(xmlElement('Tagging', [xmlElement('TagSet', elements)]));
}

export function putTagging(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const [set] = readXml(s3.body).children;
  const tags = (set?.children ?? []).map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? ''] as const);
  setTags(bucket, s3, checkTags(tags));
  return emptyAnswer(200);
}

export function deleteTagging(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  setTags(bucket, s3, []);
  return emptyAnswer(204);
}

function setTags(bucket: ObjectBucket, { key = '', query }: S3Request, tags: Tags): void {
  bucket.put(key, { ...objectOf(bucket, key, query.get('versionId')), tags });
}
