# Encrypts a secret for the account that runs this, on this machine (data protection API of Windows, scope CurrentUser).
# The name of the secret is the entropy: text that was kept under one name does not open under another.
# Input: {"name", "data": the secret's UTF-8 bytes in base64}.
# Answer: {"account", "sid": who runs this, "data": the encrypted bytes in base64}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $request = Read-Request
  Add-Type -AssemblyName System.Security
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $entropy = [Text.Encoding]::UTF8.GetBytes([string]$request['name'])
  $plain = [Convert]::FromBase64String([string]$request['data'])
  $scope = [Security.Cryptography.DataProtectionScope]::CurrentUser
  $sealed = [Security.Cryptography.ProtectedData]::Protect($plain, $entropy, $scope)
  [Array]::Clear($plain, 0, $plain.Length)
  Write-Answer @{
    ok = $true
    value = @{ account = $me.Name; sid = $me.User.Value; data = [Convert]::ToBase64String($sealed) }
  }
} catch {
  Write-Answer (Get-Failure $_)
}
