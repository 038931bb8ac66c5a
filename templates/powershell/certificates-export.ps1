# Exports one certificate with its private key, its chain and all extended properties (manual 5.4 steps d to h,
# p. 194-196). The answer holds the file: whoever asked writes it, so that one script serves this machine and others.
# Input: {"store": "LocalMachine/My", "thumbprint": "...", "password": "..."}. Answer: {"pfx": base64}
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/stores.ps1
# include: shared/pfx-file.ps1

try {
  $request = Read-Request
  $store = Open-Store $request['store'] 'ReadOnly'
  $file = New-TemporaryName
  try {
    $found = @(Find-Certificate $store $request['thumbprint'])
    if ($found.Count -eq 0) {
      # ERROR_NOT_FOUND
      throw (New-Object ComponentModel.Win32Exception(1168))
    }
    # BuildChain: "Include all certificates in the certification path". Without -NoProperties: "Export all extended
    # properties". Without -CryptoAlgorithmOption: TripleDES_SHA1, which every Windows Server reads.
    $secure = ConvertTo-Secure $request['password']
    [void](Export-PfxCertificate -Cert $found[0] -FilePath $file -Password $secure -ChainOption BuildChain)
    $pfx = [Convert]::ToBase64String([IO.File]::ReadAllBytes($file))
  } finally {
    [IO.File]::Delete($file)
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = @{ pfx = $pfx } }
} catch {
  Write-Answer (Get-Failure $_)
}
