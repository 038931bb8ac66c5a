# Lists the certificates of stores (manual 5.4, p. 189). Reads only; no key is exported.
# Input: {"stores": ["LocalMachine/Root", "LocalMachine/My", "CurrentUser/My"]}
# Answer: {"account": "DOMAIN\\user", "certificates": [{"store", "thumbprint", "subject", "issuer", "serial",
#   "notBefore", "notAfter", "hasPrivateKey", "keyState": "exportable" | "not-exportable" | "no-access" | null,
#   "raw": the certificate, DER in base64}]}. CurrentUser is that account.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/stores.ps1
# include: shared/certificate.ps1

try {
  $request = Read-Request
  $found = New-Object Collections.ArrayList
  foreach ($name in $request['stores']) {
    $store = Open-Store $name 'ReadOnly'
    try {
      foreach ($certificate in $store.Certificates) { [void]$found.Add((Get-Description $certificate $name)) }
    } finally {
      $store.Close()
    }
  }
  $account = [Security.Principal.WindowsIdentity]::GetCurrent().Name
  Write-Answer @{ ok = $true; value = @{ account = $account; certificates = @($found.ToArray()) } }
} catch {
  Write-Answer (Get-Failure $_)
}
