import { AwsError, errorAnswer, escapeXml, type Protocol, requestIdHeader } from '../../../../lib/sandbox/http/aws-error';
import { textOf } from '../gateway/fakes';

const ODD = `a<b>&"c" ' \u0000\uD800 ü 😀`;
const text = (...of: Parameters<typeof errorAnswer>) => textOf(errorAnswer(...of));

describe('AwsError', () => {
  it('is of 400 and has no details, unless told otherwise', () => {
    expect(new AwsError('Code', 'text')).toMatchObject({
      name: 'AwsError',
      code: 'Code',
      message: 'text',
      status: 400,
      details: {},
    });
    expect(new AwsError('Code', 'text')).toBeInstanceOf(Error);
    expect(new AwsError('Code', 'text', 404, { A: 'b' })).toMatchObject({ status: 404, details: { A: 'b' } });
  });
});

describe('errorAnswer', () => {
  it.each<[Protocol, string, string]>([
    ['json', 'application/x-amz-json-1.0', 'x-amzn-requestid'],
    ['json-1.1', 'application/x-amz-json-1.1', 'x-amzn-requestid'],
    ['s3', 'application/xml', 'x-amz-request-id'],
    ['query', 'text/xml', 'x-amzn-requestid'],
  ])('has status, type and request id of the service: %s', (protocol, type, header) => {
    const error = new AwsError('Code', 'text', 418);
    const answer = errorAnswer(error, protocol, 'PUT', 'id-1');
    expect(answer).toMatchObject({ status: 418, headers: { 'content-type': type, [header]: 'id-1' } });
    expect(requestIdHeader(protocol)).toBe(header);
    expect(textOf(answer)).toContain('Code');
    expect(errorAnswer(error, protocol, 'HEAD', 'id-1')).toEqual({ ...answer, body: Buffer.alloc(0) });
    const ids = [1, 2].map(() => errorAnswer(error, protocol).headers[header]);
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['ResourceNotFoundException', 'com.amazonaws.dynamodb.v20120810'],
    ['ConditionalCheckFailedException', 'com.amazonaws.dynamodb.v20120810'],
    ['ValidationException', 'com.amazon.coral.service'],
    ['AccessDeniedException', 'com.amazon.coral.service'],
    ['MissingAuthenticationTokenException', 'com.amazon.coral.service'],
  ])('names %s of DynamoDB by %s', (code, space) => {
    const written = JSON.parse(text(new AwsError(code, ODD, 400, { Item: 'x' }), 'json')) as object;
    expect(written).toEqual({ __type: `${space}#${code}`, message: ODD, Item: 'x' });
  });

  it('writes all that S3 tells of an error, escaped', () => {
    const body = text(new AwsError('Code', ODD, 400, { Key: '</Key>' }), 's3', 'GET', 'id-1');
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>Code</Code><Message>a&lt;b&gt;&amp;&quot;c&quot; \' ?? ü 😀</Message>' +
        '<Key>&lt;/Key&gt;</Key><RequestId>id-1</RequestId></Error>',
    );
  });

  it.each([
    [400, 'Sender'],
    [499, 'Sender'],
    [500, 'Receiver'],
    [503, 'Receiver'],
  ])('says in the query protocol whose fault %d is: %s', (status, type) => {
    const body = text(new AwsError('Code', ODD, status), 'query', 'POST', 'id-1');
    expect(body).toContain(`<Error><Type>${type}</Type><Code>Code</Code><Message>a&lt;b&gt;`);
    expect(body).toContain('<RequestId>id-1</RequestId>');
  });
});

describe('escapeXml', () => {
  it.each([
    ['plain', 'plain'],
    [`<a b="c">&amp;</a>`, '&lt;a b=&quot;c&quot;&gt;&amp;amp;&lt;/a&gt;'],
    ['\t\n\r', '\t\n\r'],
    ['\u0000\u0008\u000b\u001f', '????'],
    ['\uD800x\uDFFF', '?x?'],
    ['\uFFFD\uFFFE\uFFFF', '\uFFFD??'],
    ['\u{10000}\u{10FFFF}', '\u{10000}\u{10FFFF}'],
  ])('writes %j as %j', (given, expected) => {
    expect(escapeXml(given)).toBe(expected);
  });
});
