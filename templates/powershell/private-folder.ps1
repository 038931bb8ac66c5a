# Makes a folder, with those above it that are missing, for administrators, SYSTEM, who runs this and who runs the Repository
# Service. It has these rights from its first moment, and inherits none. One that is there keeps its rights.
# Input: {"folder": "C:\\x"}. Answer: {"made": true}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/account.ps1

try {
  $request = Read-Request
  $folder = [string]$request['folder']
  $made = -not [IO.Directory]::Exists($folder)
  if ($made) {
    $rights = New-Object Security.AccessControl.DirectorySecurity
    $rights.SetAccessRuleProtection($true, $false)
    $me = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    # By their numbers: their names differ from language to language.
    foreach ($sid in @('S-1-5-18', 'S-1-5-32-544', $me, (Get-ServiceSid))) {
      if ($null -eq $sid) { continue }
      $who = New-Object Security.Principal.SecurityIdentifier($sid)
      $rights.AddAccessRule((New-Object Security.AccessControl.FileSystemAccessRule(
            $who, 'FullControl', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    [void][IO.Directory]::CreateDirectory($folder, $rights)
  }
  Write-Answer @{ ok = $true; value = @{ made = $made } }
} catch {
  Write-Answer (Get-Failure $_)
}
