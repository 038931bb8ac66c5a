# What a program file says of itself: product and version of its version resource, who signed it, its size and SHA-256. Reads
# only. Input: {"file": complete path}. Answer: {"found": false}, or {"found": true, "product", "version", "signer", "sha256",
# "bytes"}; product, version and signer are null where there is none, and signer where the signature does not hold.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Get-Hash($File) {
  # Others may read it meanwhile, and nobody write it.
  $stream = New-Object IO.FileStream($File, 'Open', 'Read', 'Read')
  try {
    $sha = [Security.Cryptography.SHA256]::Create()
    ([BitConverter]::ToString($sha.ComputeHash($stream)) -replace '-', '').ToLowerInvariant()
  } finally {
    $stream.Dispose()
  }
}

function Get-Signer($File) {
  # Whether a certificate was revoked may be asked of the internet, which a server need not have: then it is null as well.
  $signature = Get-AuthenticodeSignature -LiteralPath $File
  if ([string]$signature.Status -ne 'Valid') { return $null }
  $signature.SignerCertificate.GetNameInfo('SimpleName', $false)
}

function Get-Trimmed($Text) {
  # Resources are padded with blanks.
  if ([string]::IsNullOrEmpty($Text)) { return $null }
  $trimmed = $Text.Trim()
  if ($trimmed -eq '') { return $null }
  $trimmed
}

try {
  $request = Read-Request
  $file = [string]$request['file']
  if (-not [IO.File]::Exists($file)) {
    Write-Answer @{ ok = $true; value = @{ found = $false } }
  } else {
    $about = [Diagnostics.FileVersionInfo]::GetVersionInfo($file)
    $value = @{
      found = $true
      product = (Get-Trimmed $about.ProductName)
      version = (Get-Trimmed $about.ProductVersion)
      signer = (Get-Signer $file)
      sha256 = (Get-Hash $file)
      bytes = (New-Object IO.FileInfo($file)).Length
    }
    Write-Answer @{ ok = $true; value = $value }
  }
} catch {
  Write-Answer (Get-Failure $_)
}
