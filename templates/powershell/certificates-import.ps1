# Imports a certificate with its private key, marked as exportable (manual 5.5, p. 198-207), and lets an account read the
# key (6.3, p. 225). One that is there with its key is not imported again. The input holds the file, so that one script
# serves this machine and others.
# Input: {"store": "LocalMachine/My", "thumbprint": "...", "pfx": base64, "password": "...", "account": "DOMAIN\\user" or null}
# Answer: the certificate as certificates-list gives it.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/stores.ps1
# include: shared/certificate.ps1
# include: shared/pfx-file.ps1
# include: shared/account.ps1
# include: shared/key-access.ps1

try {
  $request = Read-Request
  $name = $request['store']
  $account = $request['account']
  $sid = $null
  if ($account) {
    $sid = Get-Sid $account
    if ($null -eq $sid) {
      # ERROR_NONE_MAPPED, before anything is changed.
      throw (New-Object ComponentModel.Win32Exception(1332))
    }
  }
  $store = Open-Store $name 'ReadWrite'
  $file = New-TemporaryName
  try {
    $before = @($store.Certificates | ForEach-Object { $_.Thumbprint })
    $there = @(Find-Certificate $store $request['thumbprint'])
    if ($there.Count -eq 0 -or -not $there[0].HasPrivateKey) {
      # One without its key would stay as it is beside the file.
      if ($there.Count -ne 0) { $store.Remove($there[0]) }
      $secure = ConvertTo-Secure $request['password']
      [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($request['pfx']))
      $place = 'Cert:\' + $name.Replace('/', '\')
      [void](Import-PfxCertificate -FilePath $file -CertStoreLocation $place -Password $secure -Exportable)
      $store.Close()
      $store = Open-Store $name 'ReadWrite'
    }
    # The file holds the chain too. A certificate authority among the personal certificates would be one Qlik
    # certificate too many there (manual 6.3, p. 228).
    if ($name -ne 'LocalMachine/Root') {
      foreach ($certificate in @($store.Certificates)) {
        $new = $before -notcontains $certificate.Thumbprint
        if ($new -and $certificate.Thumbprint -ne $request['thumbprint'] -and -not $certificate.HasPrivateKey) {
          $store.Remove($certificate)
        }
      }
    }
    $found = @(Find-Certificate $store $request['thumbprint'])
    if ($found.Count -eq 0) {
      # ERROR_NOT_FOUND
      throw (New-Object ComponentModel.Win32Exception(1168))
    }
    if ($null -ne $sid) { Grant-KeyRead $found[0] $sid }
    $value = Get-Description $found[0] $name
  } finally {
    [IO.File]::Delete($file)
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = $value }
} catch {
  Write-Answer (Get-Failure $_)
}
