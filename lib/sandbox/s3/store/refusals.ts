import { AwsError } from '../../http/aws-error';

export function notImplemented(
  message = 'The S3 in the sandbox does not have this: start the sandbox before one that has, --upstream s3=URL.',
): AwsError {
  return new AwsError('NotImplemented', message, 501);
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
}

export function noSuchBucket(bucket: string): AwsError {
  return new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
}

export function noSuchUpload(uploadId: string): AwsError {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return new AwsError('NoSuchUpload', message, 404, { UploadId: uploadId });
}

export function preconditionFailed(condition: string): AwsError {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new AwsError('PreconditionFailed', message, 412, { Condition: condition });
}
