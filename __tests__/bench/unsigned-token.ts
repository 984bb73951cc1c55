/** A current token of a tenant. The bench verifies no signatures, so it has none worth the name. */
export function unsignedToken(tenantId: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'https://login.example.com',
    aud: 'my-client-id',
    sub: tenantId,
    exp: Math.floor(Date.now() / 1000) + 3600,
    'https://aws.amazon.com/tags': { principal_tags: { tenant_id: [tenantId] } },
  };
  return `${part({ alg: 'RS256', kid: '1' })}.${part(claims)}.${'A'.repeat(342)}`;
}
