# Opens what secret-protect.ps1 encrypted. Another account cannot: it is told so, and nothing is tried.
# Input: {"name", "data": the encrypted bytes in base64, "sid": who encrypted them}.
# Answer: {"account", "sid": who runs this, "data": the secret's UTF-8 bytes in base64, null for another account}.
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Answer($value) {
  # ASCII only: the console's code page must not matter.
  $text = ConvertTo-Json -InputObject $value -Depth 8 -Compress
  [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
}

try {
  if (-not $Json) {
    $Json = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd()
  }
  $in = ConvertFrom-Json -InputObject $Json
  Add-Type -AssemblyName System.Security
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $data = $null
  if ($me.User.Value -eq [string]$in.sid) {
    $entropy = [Text.Encoding]::UTF8.GetBytes([string]$in.name)
    $sealed = [Convert]::FromBase64String([string]$in.data)
    $scope = [Security.Cryptography.DataProtectionScope]::CurrentUser
    $plain = [Security.Cryptography.ProtectedData]::Unprotect($sealed, $entropy, $scope)
    $data = [Convert]::ToBase64String($plain)
    [Array]::Clear($plain, 0, $plain.Length)
  }
  Answer @{ ok = $true; value = @{ account = $me.Name; sid = $me.User.Value; data = $data } }
} catch {
  # PowerShell wraps what a method of .NET throws.
  $cause = $_.Exception.GetBaseException()
  Answer @{ ok = $false; message = $cause.Message; type = $cause.GetType().FullName }
  exit 0
}
