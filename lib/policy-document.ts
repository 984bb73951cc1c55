import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
  type DataAwsIamPolicyDocumentStatementCondition,
  type DataAwsIamPolicyDocumentStatementPrincipals,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import type { Construct } from 'constructs';
import {
  type Conditions,
  listOf,
  type OneOrMore,
  type PolicyDocument,
  type PolicyStatement,
  type Principal,
} from './policy/document';

/**
 * Start of an IAM policy variable: `${` before a condition key (`aws:PrincipalTag/x`, `<issuer>:claim`, where the issuer may be a
 * Terraform expression) or before one of the escapes `${*}`, `${?}`, `${$}`. Terraform expressions have no single colon there, and
 * Terraform's own escape `$${` stays as it is.
 */
const POLICY_VARIABLE = /(?<!\$)\$\{(?=(?:\$\{TfToken\[[^\]]*\]\}|[A-Za-z0-9._~%+/-])+:(?!:)|[*?$]\})/g;

/**
 * Writes a policy document as `data "aws_iam_policy_document"`, right in JSON and in HCL and known when Terraform plans. This is the
 * only place that knows how IAM's `${...}` is kept from Terraform: the data source reads `&{...}` and gives IAM `${...}`.
 *
 * @see https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_policy_document
 */
export function renderPolicyDocument(scope: Construct, id: string, document: PolicyDocument): DataAwsIamPolicyDocument {
  return new DataAwsIamPolicyDocument(scope, id, { statement: renderStatements(document) });
}

/** The `statement` blocks of a document, for one that grows after it was made. */
export function renderStatements(document: PolicyDocument): DataAwsIamPolicyDocumentStatement[] {
  return document.Statement.map(renderStatement);
}

function renderStatement(statement: PolicyStatement): DataAwsIamPolicyDocumentStatement {
  return {
    sid: statement.Sid,
    effect: statement.Effect,
    principals: renderPrincipal(statement.Principal),
    notPrincipals: renderPrincipal(statement.NotPrincipal),
    actions: renderList(statement.Action),
    notActions: renderList(statement.NotAction),
    resources: renderList(statement.Resource),
    notResources: renderList(statement.NotResource),
    condition: renderConditions(statement.Condition),
  };
}

function renderPrincipal(principal: Principal | undefined): DataAwsIamPolicyDocumentStatementPrincipals[] | undefined {
  if (principal === undefined) return undefined;
  if (principal === '*') return [{ type: '*', identifiers: ['*'] }];
  return Object.entries(principal).map(([type, identifiers]) => ({ type, identifiers: renderList(identifiers) ?? [] }));
}

function renderConditions(conditions: Conditions | undefined): DataAwsIamPolicyDocumentStatementCondition[] | undefined {
  if (conditions === undefined) return undefined;
  return Object.entries(conditions).flatMap(([test, keys]) =>
    Object.entries(keys).map(([variable, values]) => ({ test, variable: escape(variable), values: renderList(values) ?? [] })),
  );
}

function renderList(values: OneOrMore | undefined): string[] | undefined {
  return values === undefined ? undefined : listOf(values).map(escape);
}

function escape(text: string): string {
  return text.replace(POLICY_VARIABLE, '&{');
}
