# Opens what secret-protect.ps1 encrypted. Another account cannot: it is told so, and nothing is tried.
# Input: {"name", "data": the encrypted bytes in base64, "sid": who encrypted them}.
# Answer: {"account", "sid": who runs this, "data": the secret's UTF-8 bytes in base64, null for another account}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $request = Read-Request
  Add-Type -AssemblyName System.Security
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $data = $null
  if ($me.User.Value -eq [string]$request['sid']) {
    $entropy = [Text.Encoding]::UTF8.GetBytes([string]$request['name'])
    $sealed = [Convert]::FromBase64String([string]$request['data'])
    $scope = [Security.Cryptography.DataProtectionScope]::CurrentUser
    $plain = [Security.Cryptography.ProtectedData]::Unprotect($sealed, $entropy, $scope)
    $data = [Convert]::ToBase64String($plain)
    [Array]::Clear($plain, 0, $plain.Length)
  }
  Write-Answer @{ ok = $true; value = @{ account = $me.Name; sid = $me.User.Value; data = $data } }
} catch {
  Write-Answer (Get-Failure $_)
}
