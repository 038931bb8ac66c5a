# Puts a certificate that has no private key into a store; one that is there stays as it is.
# Input: {"store": "LocalMachine/Root", "thumbprint": "...", "raw": the certificate, DER in base64}
# Answer: the certificate as certificates-list gives it.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/stores.ps1
# include: shared/certificate.ps1

try {
  $request = Read-Request
  $name = $request['store']
  $store = Open-Store $name 'ReadWrite'
  try {
    if (@(Find-Certificate $store $request['thumbprint']).Count -eq 0) {
      $new = New-Object Security.Cryptography.X509Certificates.X509Certificate2
      $new.Import([Convert]::FromBase64String($request['raw']))
      $store.Add($new)
    }
    $found = @(Find-Certificate $store $request['thumbprint'])
    if ($found.Count -eq 0) {
      # ERROR_NOT_FOUND
      throw (New-Object ComponentModel.Win32Exception(1168))
    }
    $value = Get-Description $found[0] $name
  } finally {
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = $value }
} catch {
  Write-Answer (Get-Failure $_)
}
