# The design of this project by hand, spread over modules, count and for_each, with every way to hang a policy on something.
# __tests__/lib/review/plans/modules-create.json is its first plan: terraform plan -out tfplan && terraform show -json tfplan

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

provider "aws" {
  region                      = var.region
  s3_use_path_style           = true
  max_retries                 = 2
  skip_requesting_account_id  = false
  skip_credentials_validation = true

  default_tags {
    tags = { project = "shops" }
  }
}

locals {
  shops = toset(["books", "toys.eu"])
}

module "identity" {
  source = "./identity"
  url    = "https://login.example.com"
}

module "data" {
  source   = "./data"
  for_each = local.shops

  name    = replace(each.key, ".", "-")
  buckets = 2
}

module "role" {
  source   = "./role"
  for_each = local.shops

  name              = replace(each.key, ".", "-")
  provider_arn      = module.identity.provider_arn
  issuer            = module.identity.issuer
  table_name        = module.data[each.key].table_name
  table_arn         = module.data[each.key].table_arn
  bucket_names      = module.data[each.key].bucket_names
  shared_policy_arn = aws_iam_policy.shared.arn
  boundary_arn      = aws_iam_policy.boundary.arn
}

resource "aws_iam_policy" "shared" {
  name = "shops-shared"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "s3:*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }]
  })
}

resource "aws_iam_policy" "boundary" {
  name = "shops-boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["dynamodb:*", "s3:*", "kms:*"], Resource = "*" }]
  })
}

# Two policies and their attachments by count; one attachment to the roles of all shops by name.
resource "aws_iam_policy" "audit" {
  count = 2
  name  = "shops-audit-${count.index}"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "dynamodb:Scan", Resource = "*" }]
  })
}

resource "aws_iam_role" "auditor" {
  count               = 2
  name                = "auditor-${count.index}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", aws_iam_policy.shared.arn]
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "audit" {
  count      = 2
  role       = aws_iam_role.auditor[count.index].name
  policy_arn = aws_iam_policy.audit[count.index].arn
}

resource "aws_iam_policy_attachment" "everybody" {
  name       = "everybody"
  roles      = concat(aws_iam_role.auditor[*].name, [for shop in module.role : shop.role_name])
  policy_arn = one([aws_iam_policy.shared.arn])
}
