# Encrypts a secret for the account that runs this, on this machine (data protection API of Windows, scope CurrentUser).
# The name of the secret is the entropy: text that was kept under one name does not open under another.
# Input: {"name", "data": the secret's UTF-8 bytes in base64}.
# Answer: {"account", "sid": who runs this, "data": the encrypted bytes in base64}.
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
  $entropy = [Text.Encoding]::UTF8.GetBytes([string]$in.name)
  $plain = [Convert]::FromBase64String([string]$in.data)
  $scope = [Security.Cryptography.DataProtectionScope]::CurrentUser
  $sealed = [Security.Cryptography.ProtectedData]::Protect($plain, $entropy, $scope)
  [Array]::Clear($plain, 0, $plain.Length)
  Answer @{
    ok = $true
    value = @{ account = $me.Name; sid = $me.User.Value; data = [Convert]::ToBase64String($sealed) }
  }
} catch {
  # PowerShell wraps what a method of .NET throws.
  $cause = $_.Exception.GetBaseException()
  Answer @{ ok = $false; message = $cause.Message; type = $cause.GetType().FullName }
  exit 0
}
