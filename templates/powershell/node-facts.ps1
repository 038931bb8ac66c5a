# Who answers on a server, and with which rights. Input: {}. Answer: {"hostName", "user", "elevated"}
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object Security.Principal.WindowsPrincipal($identity)
  $administrator = [Security.Principal.WindowsBuiltInRole]::Administrator
  Write-Answer @{
    ok = $true
    value = @{
      hostName = [Environment]::MachineName
      user = $identity.Name
      # Only with a full token is the process in the role.
      elevated = $principal.IsInRole($administrator)
    }
  }
} catch {
  Write-Answer (Get-Failure $_)
}
