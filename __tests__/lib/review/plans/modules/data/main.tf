variable "name" {
  type = string
}

variable "buckets" {
  type = number
}

resource "aws_kms_key" "data" {
  description = var.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = "kms:*", Resource = "*" }]
  })
}

# Without a policy of its own: AWS gives it the default one.
resource "aws_kms_key" "spare" {}

resource "aws_dynamodb_table" "data" {
  name         = "${var.name}-data"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "tenantId"
  range_key    = "dataId"

  attribute {
    name = "tenantId"
    type = "S"
  }
  attribute {
    name = "dataId"
    type = "S"
  }
  attribute {
    name = "createdAt"
    type = "N"
  }
  attribute {
    name = "status"
    type = "S"
  }

  global_secondary_index {
    name            = "by-status"
    hash_key        = "status"
    range_key       = "tenantId"
    projection_type = "ALL"
  }

  local_secondary_index {
    name            = "by-date"
    range_key       = "createdAt"
    projection_type = "ALL"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }

  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"
}

data "aws_caller_identity" "current" {}

resource "aws_dynamodb_resource_policy" "data" {
  resource_arn = aws_dynamodb_table.data.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "dynamodb:Scan"
      Resource  = "arn:aws:dynamodb:eu-central-1:${data.aws_caller_identity.current.account_id}:table/${var.name}-data"
    }]
  })
}

resource "aws_dynamodb_resource_policy" "stream" {
  resource_arn = aws_dynamodb_table.data.stream_arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:DescribeStream", Resource = "*" }]
  })
}

resource "aws_s3_bucket" "data" {
  count  = var.buckets
  bucket = "${var.name}-objects-${count.index}"
}

resource "aws_s3_bucket_public_access_block" "data" {
  count                   = var.buckets
  bucket                  = aws_s3_bucket.data[count.index].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  count  = var.buckets
  bucket = aws_s3_bucket.data[count.index].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  count = var.buckets

  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::${var.name}-objects-${count.index}", "arn:aws:s3:::${var.name}-objects-${count.index}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  count  = var.buckets
  bucket = aws_s3_bucket_public_access_block.data[count.index].bucket
  policy = data.aws_iam_policy_document.bucket[count.index].json
}

output "table_name" {
  value = aws_dynamodb_table.data.name
}

output "table_arn" {
  value = aws_dynamodb_table.data.arn
}

output "bucket_names" {
  value = aws_s3_bucket.data[*].bucket
}
