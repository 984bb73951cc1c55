variable "url" {
  type = string
}

resource "aws_iam_openid_connect_provider" "login" {
  url             = var.url
  client_id_list  = ["my-client-id"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
}

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

output "issuer" {
  value = trimprefix(var.url, "https://")
}

output "provider_arn" {
  value = join("", [
    "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:",
    "oidc-provider/${trimprefix(var.url, "https://")}",
  ])
}
