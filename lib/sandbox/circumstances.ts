import type { ContextEntries } from '../isolation';
import type { AwsRequest } from './http/aws-request';

/** What is known of a request whatever it asks: condition keys. Loopback stands for TLS: nobody but this machine sees what passes. */
export function circumstancesOf(request: {
  readonly headers: AwsRequest['headers'];
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}): ContextEntries {
  const { headers, region, now } = request;
  return {
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    'aws:RequestedRegion': region,
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:UserAgent': headers['user-agent'],
    'aws:Referer': headers['referer'],
    'aws:ViaAWSService': 'false',
  };
}
