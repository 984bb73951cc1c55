variable "name" {
  type = string
}

variable "provider_arn" {
  type = string
}

variable "issuer" {
  type = string
}

variable "table_name" {
  type = string
}

variable "table_arn" {
  type = string
}

variable "bucket_names" {
  type = list(string)
}

variable "shared_policy_arn" {
  type = string
}

variable "boundary_arn" {
  type = string
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  table_arn = "arn:aws:dynamodb:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:table/${var.table_name}"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]

    principals {
      type        = "Federated"
      identifiers = [var.provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.issuer}:aud"
      values   = ["my-client-id"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:RequestTag/tenant_id"
      values   = ["?*"]
    }
  }
}

resource "aws_iam_role" "tenant" {
  name                 = "${var.name}-tenant"
  path                 = "/shops/"
  permissions_boundary = var.boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.trust.json

  inline_policy {
    name = "list"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = [for name in var.bucket_names : "arn:aws:s3:::${name}"]
        Condition = { StringLike = { "s3:prefix" = "tenants/$${aws:PrincipalTag/tenant_id}/*" } }
      }]
    })
  }
}

data "aws_iam_policy_document" "objects" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [for name in var.bucket_names : "arn:aws:s3:::${name}/tenants/&{aws:PrincipalTag/tenant_id}/*"]
  }
}

resource "aws_iam_role_policy" "objects" {
  name   = "objects"
  role   = aws_iam_role.tenant.id
  policy = data.aws_iam_policy_document.objects.json
}

# Each by its own key; what they say is known.
resource "aws_iam_policy" "table" {
  for_each = { read = ["dynamodb:GetItem", "dynamodb:Query"], write = ["dynamodb:PutItem"] }
  name     = "${var.name}-table-${each.key}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = each.value
      Resource = local.table_arn
      Condition = {
        "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "$${aws:PrincipalTag/tenant_id}" }
        Null                        = { "dynamodb:LeadingKeys" = "false" }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "table" {
  for_each   = aws_iam_policy.table
  role       = aws_iam_role.tenant.name
  policy_arn = each.value.arn
}

# Refers to the table by an attribute known after apply, so that it is not known as a whole on the first create.
resource "aws_iam_policy" "late" {
  name = "${var.name}-late"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:DescribeTable", Resource = var.table_arn }]
  })
}

resource "aws_iam_role_policy_attachment" "late" {
  role       = aws_iam_role.tenant.name
  policy_arn = aws_iam_policy.late.arn
}

resource "aws_iam_role_policy_attachment" "shared" {
  role       = aws_iam_role.tenant.name
  policy_arn = var.shared_policy_arn
}

output "role_name" {
  value = aws_iam_role.tenant.name
}
