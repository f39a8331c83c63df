"""Into whose namespace a value goes by the objects of External Secrets, VSO and the CSI driver.

What each object does was read in the sources of external-secrets/external-secrets 2.9.0,
hashicorp/vault-secrets-operator 1.4.1, kubernetes-sigs/secrets-store-csi-driver 1.6.0,
hashicorp/vault-csi-provider 1.7.4 and aws/secrets-store-csi-driver-provider-aws 2.1.1.
"""
