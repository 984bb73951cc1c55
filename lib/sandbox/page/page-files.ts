import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsAnswer } from '../http/aws-request';
import { LOCAL_HEADERS } from './local-only';

/**
 * What the page may do in a browser: its own script, style and icon, requests to the sandbox itself, and no text that becomes HTML, since
 * the audit log holds keys and names that attackers choose.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Without one the browser would ask for `/favicon.ico`, which is a bucket to the sandbox, and a denial in the log. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b57d0"/>' +
  '<path d="M5 7V5.5a3 3 0 0 1 6 0V7h.5v5h-7V7zm1.6 0h2.8V5.5a1.4 1.4 0 0 0-2.8 0z" fill="#fff"/></svg>';

/** The files of the page by the last part of their path, read from the folder `browser` beside this module. */
export function pageFiles(): ReadonlyMap<string, AwsAnswer> {
  return new Map([
    ['', file('text/html', read('page.html'))],
    ['page.css', file('text/css', read('page.css'))],
    ['page.js', file('text/javascript', read('page.js'))],
    ['icon.svg', file('image/svg+xml', Buffer.from(ICON))],
  ]);
}

function read(name: string): Buffer {
  return readFileSync(join(__dirname, 'browser', name));
}

function file(type: string, body: Buffer): AwsAnswer {
  const headers = { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': CONTENT_SECURITY_POLICY };
  return { status: 200, headers: { ...LOCAL_HEADERS, ...headers }, body };
}
