path "secret/data/production/api-service" {
  capabilities = ["read"]
}
