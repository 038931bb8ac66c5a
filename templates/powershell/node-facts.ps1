# Who answers on a server, and with which rights. Input: {}. Answer: {"hostName", "user", "elevated"}
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Write-Answer($Value) {
  # ASCII only: the console's code page must not matter.
  $text = ConvertTo-Json -InputObject $Value -Depth 8 -Compress
  [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
}

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
  Write-Answer @{ ok = $false; message = $_.Exception.Message; type = $_.Exception.GetType().FullName }
}
