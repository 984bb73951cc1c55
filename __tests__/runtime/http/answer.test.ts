import { TenantDataAccessError, type TenantDataAccessErrorCode } from 'multi-tenant-data-access/errors';
import { httpAnswer } from 'multi-tenant-data-access/http/answer';
import { ANSWERED_WITH } from './answered-with';

const codes = Object.entries(ANSWERED_WITH) as [TenantDataAccessErrorCode, number][];
const INSIDE = 'Could not read arn:aws:dynamodb:eu-central-1:123456789012:table/tenant-data of tenant globex';

function answerTo(code: TenantDataAccessErrorCode) {
  const answer = httpAnswer(new TenantDataAccessError(code, INSIDE, { cause: new Error(INSIDE) }));
  if (answer === undefined) throw new Error('Nothing was answered.');
  return answer;
}

describe('httpAnswer', () => {
  it.each(codes)('answers %s with %d', (code, statusCode) => {
    const answer = answerTo(code);

    expect(answer.statusCode).toBe(statusCode);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(JSON.parse(answer.body)).toEqual({
      code: statusCode === 500 ? 'internal' : code,
      message: expect.stringMatching(/^\w.+\.$/),
    });
  });

  it.each(codes)('tells the client nothing of the inside for %s', (code) => {
    expect(JSON.stringify(answerTo(code))).not.toMatch(/arn:|globex|\b(?:table|bucket|role|dynamodb|s3|sts|aws)\b/i);
  });

  it.each(codes)('challenges for %s only with a 401', (code, statusCode) => {
    const missing = code === 'token.missing' ? 'Bearer' : 'Bearer error="invalid_token"';
    expect(answerTo(code).headers['www-authenticate']).toBe(statusCode === 401 ? missing : undefined);
  });

  it.each(codes)('says when to come back for %s only with 429 and 503', (code, statusCode) => {
    const later = statusCode === 429 || statusCode === 503;
    expect(answerTo(code).headers['retry-after']).toBe(later ? '1' : undefined);
  });

  it.each([
    new Error('of the application'),
    { code: 'token.expired', message: 'looks like one' },
    'token.expired',
    undefined,
    null,
  ])('leaves %p to the application', (error) => {
    expect(httpAnswer(error)).toBeUndefined();
  });
});
