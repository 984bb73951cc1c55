import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import { wholeBody } from '../http/whole-body';
import { type Deletion, writeDeleteList } from './deletions';
import type { S3Operation } from './s3-operation';
import { withBody } from './s3-request';
import { readXml, writeXml, type XmlElement, xmlElement } from './xml';

/**
 * Answers DeleteObjects as S3 does where some objects are denied: the others are deleted, and the denied ones are errors within an
 * answer of 200. What is forwarded is written from the same reading that was asked for.
 *
 * @param denied why, for the caller to read, for each of the operation's deletions that is not allowed
 * @param forward sends a request to the store; not called if all are denied
 * @throws what `forward` throws
 */
export async function deletePartly(
  operation: S3Operation,
  denied: ReadonlyMap<Deletion, string>,
  forward: (request: AwsRequest) => Promise<AwsAnswer>,
): Promise<AwsAnswer> {
  const { request, deletions = [], quiet = false } = operation;
  const objects = deletions.filter((deletion) => !denied.has(deletion));
  if (objects.length === deletions.length) return forward(request);
  const errors = deletions.flatMap((deletion) => {
    const message = denied.get(deletion);
    return message === undefined ? [] : [errorOf(deletion, message)];
  });
  if (objects.length === 0) return resultOf(errors);
  const answer = await forward(withBody(request, writeDeleteList({ objects, quiet })));
  if (answer.status !== 200) return answer;
  const done = readXml(await wholeBody(answer)).children.filter(({ name }) => name === 'Deleted' || name === 'Error');
  return resultOf([...done, ...errors], answer.headers);
}

function errorOf({ key, versionId }: Deletion, message: string): XmlElement {
  return xmlElement('Error', [
    xmlElement('Key', key),
    versionId === undefined ? undefined : xmlElement('VersionId', versionId),
    xmlElement('Code', 'AccessDenied'),
    xmlElement('Message', message),
  ]);
}

function resultOf(results: readonly XmlElement[], headers: AwsAnswer['headers'] = {}): AwsAnswer {
  const body = writeXml(xmlElement('DeleteResult', results));
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-'));
  return {
    status: 200,
    headers: { ...Object.fromEntries(kept), 'content-type': 'application/xml', 'content-length': `${body.length}` },
    body,
  };
}
