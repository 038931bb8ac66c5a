# Removes one certificate and its private key from a store (manual 6.3, p. 228-229; 2.11).
# Input: {"store": "LocalMachine/My", "thumbprint": "..."}. Answer: {"keyRemoved": whether its key went too}. One that is not
# there is success: an earlier attempt has removed it.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/stores.ps1

try {
  $request = Read-Request
  $name = $request['store']
  $thumbprint = $request['thumbprint']
  $store = Open-Store $name 'ReadWrite'
  try {
    $found = @(Find-Certificate $store $thumbprint)
    $keyRemoved = $false
    foreach ($certificate in $found) {
      # A renewed certificate may have kept its key: then the key stays with the other one.
      $shared = $false
      foreach ($other in 'LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My') {
        $beside = Open-Store $other 'ReadOnly'
        foreach ($candidate in $beside.Certificates) {
          $same = $candidate.GetPublicKeyString() -eq $certificate.GetPublicKeyString()
          $itself = $other -eq $name -and $candidate.Thumbprint -eq $thumbprint
          if ($same -and $candidate.HasPrivateKey -and -not $itself) { $shared = $true }
        }
        $beside.Close()
      }
      $keyRemoved = $certificate.HasPrivateKey -and -not $shared
      $path = 'Cert:\' + $name.Replace('/', '\') + '\' + $certificate.Thumbprint
      if ($keyRemoved) {
        Remove-Item -Path $path -DeleteKey
      } else {
        Remove-Item -Path $path
      }
    }
    $store.Close()
    $store = Open-Store $name 'ReadOnly'
    if (@(Find-Certificate $store $thumbprint).Count -ne 0) {
      # ERROR_CAN_NOT_COMPLETE: it comes back, from a group policy for example.
      throw (New-Object ComponentModel.Win32Exception(1003))
    }
  } finally {
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = @{ keyRemoved = $keyRemoved } }
} catch {
  Write-Answer (Get-Failure $_)
}
